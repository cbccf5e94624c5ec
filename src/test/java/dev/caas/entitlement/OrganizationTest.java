package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.caas.api.Reason;
import dev.caas.api.ValidationType;
import org.junit.jupiter.api.Test;

/** A CA validates one organisation a certificate. */
class OrganizationTest {
    private static final String ONE = "validationType: OV, organizationValidation: '1001'";
    private static final String TWO = "validationType: OV, organizationValidation: '1002'";

    private final World world = new World()
            .account("team/acme")
            .subscription("team/acme", "shop", "{domain: shop.example.com, " + ONE + "}")
            .subscription("team/acme", "blog", "{domain: blog.example.com, coversSubdomains: true, " + ONE + "}")
            .subscription("team/acme", "wiki", "{domain: wiki.blog.example.com, " + TWO + "}")
            .subscription("team/acme", "plain", "{domain: plain.example.com}")
            .subscription("team/acme", "other", "{domain: other.example.com}");

    @Test
    void namesUnderOneAnchorAreGranted() {
        assertThat(world.ask("team", "shop.example.com", "blog.example.com", "*.blog.example.com"))
                .asInstanceOf(type(Granted.class))
                .extracting(Granted::validationType)
                .isEqualTo(ValidationType.OV);
    }

    @Test
    void namesWithoutAnOrganisationAreGranted() {
        assertThat(world.ask("team", "plain.example.com", "other.example.com"))
                .asInstanceOf(type(Granted.class))
                .extracting(Granted::validationType)
                .isEqualTo(ValidationType.DV);
    }

    @Test
    void namesUnderTwoAnchorsAreDeniedAndEachIsNamed() {
        var denied = denied(world.ask("team", "shop.example.com", "wiki.blog.example.com", "blog.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.PolicyDenied);
        assertThat(denied.message())
                .isEqualTo("CaaSAccount team/acme has the names under different organisation validations:"
                        + " shop.example.com under 1001, wiki.blog.example.com under 1002; ask for one certificate for"
                        + " each");
        assertThat(denied.names()).extracting(NameDenial::reason).containsOnly(Reason.PolicyDenied);
    }

    @Test
    void aNameWithAnOrganisationAndOneWithoutAreDenied() {
        var denied = denied(world.ask("team", "plain.example.com", "shop.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.PolicyDenied);
        assertThat(denied.message()).contains("plain.example.com under none (DV), shop.example.com under 1001");
    }

    @Test
    void theMostSpecificSubscriptionTellsTheOrganisation() {
        assertThat(world.ask("team", "www.blog.example.com", "shop.example.com"))
                .isInstanceOf(Granted.class);
        assertThat(denied(world.ask("team", "wiki.blog.example.com", "shop.example.com"))
                        .reason())
                .isEqualTo(Reason.PolicyDenied);
    }

    /** As in the year's validation, which is declared domain by domain and moves all at once, or not at all. */
    @Test
    void whatThePlatformHasCountsAndNotWhatIsDeclared() {
        assertThat(world.under("team/acme", "wiki", "1001").ask("team", "shop.example.com", "wiki.blog.example.com"))
                .isInstanceOf(Granted.class);
        assertThat(world.under("team/acme", "shop", "1003").ask("team", "shop.example.com", "blog.example.com"))
                .isInstanceOf(Denied.class);
    }

    @Test
    void aNameThatIsNotSubscribedIsDeniedForThatFirst() {
        assertThat(denied(world.ask("team", "plain.example.com", "shop.example.com", "missing.example.com"))
                        .reason())
                .isEqualTo(Reason.NotSubscribed);
    }

    private static Denied denied(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Denied.class);
        return (Denied) verdict;
    }
}
