package dev.caas.e2e;

import static dev.caas.e2e.Customer.failure;
import static dev.caas.e2e.Expect.soon;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Step;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A certificate is renewed when the declared part of its lifetime is left, before anybody notices. */
@ExtendWith(CaasExtension.class)
class RenewalIT {

    /** A minute's certificate, of which nine tenths are left after six seconds. */
    @Test
    void aCertificateIsRenewedInItsSecretAndStaysReady(TestNamespace namespace) throws Exception {
        var customer = Customer.signed(namespace);
        customer.declare("www", List.of(namespace.dnsName("www")), "profile: minute\nrenewBeforePercentage: 90");
        var first = customer.awaitIssued("www");
        var due = requireNonNull(first.renewalTime());
        var firstKey = customer.served("www-tls").key().toPem();
        var uid = customer.secret("www-tls").orElseThrow().getMetadata().getUid();

        var seen = new CopyOnWriteArrayList<ManagedCertificateStatus>();
        try (var _ = watch(customer, seen)) {
            soon().untilAsserted(() ->
                    assertThat(seen).anyMatch(s -> !Objects.equals(first.serialNumber(), s.serialNumber())));
        }

        var renewed = customer.served("www-tls");
        assertThat(renewed.serial()).isNotEqualTo(first.serialNumber());
        assertThat(renewed.keyMatches()).isTrue();
        assertThat(renewed.key().toPem()).as("a new key for every certificate").isNotEqualTo(firstKey);
        assertThat(renewed.chain().notBefore())
                .as("renewed when due")
                .isBetween(due.minusSeconds(1), due.plusSeconds(10));
        assertThat(customer.secret("www-tls").orElseThrow().getMetadata().getUid())
                .isEqualTo(uid);
        assertThat(seen)
                .as("the watch saw the renewal under way")
                .anyMatch(s -> new Conditions(s.conditions()).isTrue(Conditions.ISSUING));
        assertThat(seen)
                .as("Ready all the time")
                .allMatch(s -> new Conditions(s.conditions()).isTrue(Conditions.READY));
    }

    @Test
    void aRenewalThatFailsIsToldAndTriedAgainWhileTheCertificateStaysInUse(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", List.of(name), "profile: minute\nrenewBeforePercentage: 90");
        var first = customer.awaitIssued("www");
        // The second time it is asked without replaces.
        customer.acme().on(Step.NEW_ORDER).forName(name).times(2).answer(500, "serverInternal", "not now");

        var failed = customer.awaitNotNow("www", Reason.Failed);

        assertThat(new Conditions(failed.conditions()).isTrue(Conditions.READY)).isTrue();
        assertThat(failed.serialNumber()).isEqualTo(first.serialNumber());
        assertThat(failure(failed).detail()).isEqualTo("not now");
        assertThat(customer.served("www-tls").serial()).isEqualTo(first.serialNumber());
        soon().untilAsserted(() ->
                assertThat(customer.awaitIssued("www").serialNumber()).isNotEqualTo(first.serialNumber()));
    }

    /** Twenty seconds' certificate: nobody may be told that it can be used when it cannot. */
    @Test
    void aCertificateThatExpiresBeforeItCouldBeRenewedIsNotReadyAnyMore(TestNamespace namespace) {
        var customer = Customer.signed(namespace);
        var name = namespace.dnsName("www");
        customer.declare("www", List.of(name), "profile: seconds\nrenewBeforePercentage: 90");
        var first = customer.awaitIssued("www");
        customer.acme().on(Step.NEW_ORDER).forName(name).once().answer(403, "rejectedIdentifier", "not any more");
        var failed = customer.awaitNotNow("www", Reason.Failed);
        assertThat(new Conditions(failed.conditions()).isTrue(Conditions.READY)).isTrue();
        assertThat(failed.nextAttempt()).as("long after the end").isAfter(first.notAfter());

        var expired = soon().until(
                        () -> customer.status("www"),
                        status -> !new Conditions(status.conditions()).isTrue(Conditions.READY));

        assertThat(Instant.now())
                .isAfter(first.notAfter())
                .isBefore(requireNonNull(first.notAfter()).plusSeconds(10));
        assertThat(failure(expired).detail()).isEqualTo("not any more");
        assertThat(expired.nextAttempt()).isEqualTo(failed.nextAttempt());
        assertThat(new Conditions(expired.conditions())
                        .get(Conditions.READY)
                        .orElseThrow()
                        .getMessage())
                .contains("not any more");
    }

    private static Watch watch(Customer customer, List<ManagedCertificateStatus> seen) {
        return customer.resource("www").watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, ManagedCertificate certificate) {
                seen.add(certificate.getStatus());
            }

            @Override
            public void onClose(@Nullable WatcherException cause) {
                // Nothing to do: a watch that ended early shows in what it did not see.
            }
        });
    }
}
