package dev.caas.e2e;

import static dev.caas.e2e.Expect.LIMIT;
import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Rule;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the CA says about when to renew (ARI, RFC 9773), and what people say. */
@ExtendWith(CaasExtension.class)
class RenewalInfoIT {

    @Test
    void theCasWindowIsShownAndDecides(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));

        var issued = customer.awaitIssued("www");

        var info = requireNonNull(issued.renewalInfo());
        assertThat(Duration.between(info.windowStart(), info.windowEnd())).isEqualTo(Duration.ofDays(2));
        assertThat(issued.renewalTime()).isBetween(info.windowStart(), info.windowEnd());
    }

    /** The CA has to revoke the certificate: it says so by a window that is past. */
    @Test
    void aWindowThatIsPastRenewsAtOnceAndTheOrderNamesWhatItReplaces(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var replacing = replacingOrders(customer, name);
        var asked = customer.acme().on(Step.RENEWAL_INFO).forName(name).once().hold();
        customer.declare("www", name);
        asked.awaitReached(LIMIT);
        var first = customer.served("www-tls");
        customer.stage().pebble().setRenewalInfo(first.chain().toPem(), pastWindow());
        assertThat(replacing.hits()).as("the first order replaces nothing").isZero();

        asked.release();

        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(first.serial()));
        assertThat(replacing.hits()).isEqualTo(1);
        assertThat(customer.acme().orders(name).created()).isEqualTo(2);
        assertThat(customer.status("www").history())
                .extracting(ManagedCertificateStatus.IssuedCertificate::serial)
                .containsExactly(first.serial());
    }

    @Test
    void anAnswerThatIsNoneIsAskedForAgainAndHarmsNothing(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        var garbage = customer.acme().on(Step.RENEWAL_INFO).forName(name).once().garbage();
        customer.declare("www", name);

        var issued = customer.awaitIssued("www");

        assertThat(garbage.hits()).isEqualTo(1);
        assertThat(issued.renewalInfo()).isNull();
        assertThat(issued.renewalTime()).isBefore(issued.notAfter());
        soon().untilAsserted(
                        () -> assertThat(customer.status("www").renewalInfo()).isNotNull());
        assertThat(customer.acme().orders(name).created()).isEqualTo(1);
    }

    /** Somebody else has replaced it, as the CA sees it, or it lost sight of it: that is no reason to go without. */
    @ParameterizedTest
    @CsvSource({"409, alreadyReplaced", "400, malformed", "500, serverInternal"})
    void aCaThatCannotReplaceItIsAskedWithout(int status, String type, TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", name);
        var first = customer.awaitIssued("www");
        var refused = customer.acme()
                .on(Step.NEW_ORDER)
                .forName(name)
                .whenPayload(payload -> payload.contains("\"replaces\""))
                .answer(status, type, "could not find an order for the given certificate");

        customer.change("www", "renewIssuedBefore: '%s'".formatted(soonAfter(first)));

        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(first.serialNumber()));
        assertThat(refused.hits()).isEqualTo(1);
        assertThat(customer.status("www").lastFailure()).isNull();
    }

    @Test
    void renewalThatIsAskedForHappensOnceHoweverOftenItIsApplied(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", name);
        var first = customer.awaitIssued("www");
        var wish = "renewIssuedBefore: '%s'".formatted(soonAfter(first));

        customer.change("www", wish);

        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(first.serialNumber()));
        var second = customer.awaitIssued("www");
        Edit.loseStatus(customer.client(), customer.certificate("www"));
        customer.change("www", wish + "\nrenewBeforePercentage: 40");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(second.serialNumber());
        assertThat(customer.acme().orders(name).created()).isEqualTo(2);
    }

    @Test
    void aRenewalWindowThatCannotBeReadIsToldAndTheCertificateStaysInUse(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        customer.declare("www", namespace.dnsName("www"));
        var issued = customer.awaitIssued("www");

        customer.change("www", "renewalWindows: [{cron: 'at night often', duration: 4h}]");

        var told = customer.awaitNotNow("www", Reason.InvalidSpec);
        assertThat(told.serialNumber()).isEqualTo(issued.serialNumber());
        assertThat(told.conditions())
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"))
                .anyMatch(c -> c.getMessage().contains("spec.renewalWindows[0].cron 'at night often'"));
        customer.change("www", "renewalWindows: [{cron: '0 2 * * 6', timeZone: Europe/Berlin, duration: 4h}]");
        assertThat(customer.awaitIssued("www").serialNumber()).isEqualTo(issued.serialNumber());
    }

    private static Rule replacingOrders(Customer customer, String name) {
        return customer.acme()
                .on(Step.NEW_ORDER)
                .forName(name)
                .whenPayload(payload -> payload.contains("\"replaces\""))
                .delay(Duration.ZERO);
    }

    private static String pastWindow() {
        return "{\"suggestedWindow\": {\"start\": \"%s\", \"end\": \"%s\"}}"
                .formatted(now().minusSeconds(7200), now().minusSeconds(3600));
    }

    /** A time of which the certificate is older; in a moment it has come. */
    private static Instant soonAfter(ManagedCertificateStatus status) {
        return requireNonNull(status.issuedAt()).plusSeconds(1);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
