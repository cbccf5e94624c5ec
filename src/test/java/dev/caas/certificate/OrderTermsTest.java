package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.RefusedOrder;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people are told when a CA does not take what an order asked for. */
class OrderTermsTest {
    private static final Set<String> OFFERED = Set.of("tlsserver", "classic");

    @Test
    void aProfileThatIsNotListedIsNotAskedFor() {
        assertThat(terms("profile: short", "profile: classic", OFFERED).obstacle())
                .hasValueSatisfying(setback -> {
                    assertThat(setback.reason()).isEqualTo(Reason.InvalidSpec);
                    assertThat(setback.passing()).isFalse();
                    assertThat(setback.detail())
                            .isEqualTo(
                                    "the CA offers no profile 'short', so nothing was ordered; set spec.profile to one"
                                            + " of those that it offers: classic, tlsserver");
                });
        assertThat(terms("{}", "profile: short", Set.of()).obstacle())
                .hasValueSatisfying(setback -> assertThat(setback.detail())
                        .isEqualTo(
                                "the CA offers no profile 'short', so nothing was ordered; remove it from spec.profile"
                                        + " of CaaSAccount team/acme, the CA offers none"));
    }

    @Test
    void whatIsListedOrNotAskedForIsNoObstacle() {
        assertThat(terms("profile: classic", "{}", OFFERED).obstacle()).isEmpty();
        assertThat(terms("{}", "{}", OFFERED).obstacle()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "invalidProfile, not for you",
        "unauthorized, account may not use this Profile",
        "malformed, unknown profile"
    })
    void aRefusalOfTheProfileSaysWhereItIsSetAndWhatThereIs(String type, String detail) {
        var setback = terms("{}", "profile: classic", OFFERED).refused(refusal(type, detail));

        assertThat(setback.reason()).isEqualTo(Reason.InvalidSpec);
        assertThat(setback.pace()).isEqualTo(Setback.Pace.LATER);
        assertThat(setback.type()).endsWith(":" + type);
        assertThat(setback.detail())
                .isEqualTo(
                        detail + "; the order asked for profile 'classic': set spec.profile of CaaSAccount team/acme to"
                                + " one of those that it offers: classic, tlsserver");
    }

    @Test
    void aRefusalOfTheDurationSaysWhatToRemove() {
        var setback = terms("duration: 24h", "{}", Set.of())
                .refused(refusal("malformed", "NotBefore and NotAfter are not supported"));

        assertThat(setback.reason()).isEqualTo(Reason.InvalidSpec);
        assertThat(setback.detail())
                .isEqualTo("NotBefore and NotAfter are not supported; the order asked for a validity of 24h: change"
                        + " spec.duration, or remove it to get what the CA gives by default");
    }

    @Test
    void anyOtherRefusalIsTheCasWordAlone() {
        var setback = terms("{profile: classic, duration: 24h}", "{}", OFFERED)
                .refused(refusal("rejectedIdentifier", "a.example.com is on a list"));

        assertThat(setback.reason()).isEqualTo(Reason.Failed);
        assertThat(setback.detail()).isEqualTo("a.example.com is on a list");
    }

    private static AcmeFailure refusal(String type, String detail) {
        return RefusedOrder.with(type, detail);
    }

    private static OrderTerms terms(String certificate, String account, Set<String> offered) {
        return OrderTerms.of(
                Serialization.unmarshal(object("www", certificate), ManagedCertificate.class),
                Serialization.unmarshal(object("acme", account), CaaSAccount.class),
                offered);
    }

    private static String object(String name, String spec) {
        return "metadata: {namespace: team, name: " + name + "}\nspec: "
                + (spec.startsWith("{") ? spec : "{" + spec + "}");
    }
}
