package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caas.api.ManagedCertificate;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.AuditedRequests.Request;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.IngressController;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a certificate by HTTP-01 costs the API server, counted in its audit log. */
@ExtendWith(CaasExtension.class)
class Http01RequestsIT {
    private static final double NEW_HOST = 9;
    private static final double RENEWAL = 6;

    /**
     * Slices are filled and emptied for a namespace, not for a certificate: once while its certificates come quickly one
     * after the other, again when they do not, as on a busy machine.
     */
    private static final String SHARED = "endpointslices";

    /** The Service, and a slice for each address family. */
    private static final int MOST_BESIDES_ROUTES = 3;

    @Test
    void aNewHostCostsNineRequestsAndARenewalSix(
            TestNamespace namespace, OperatorProcess operator, IngressController ingress) {
        var web = Website.of(namespace, ingress);
        issue(web, "warm", 1);

        var one = requests(web, () -> issue(web, "one", 1));
        var eleven = requests(web, () -> issue(web, "eleven", 11));
        assertThat(one).as("the detector sees requests at all").isNotEmpty();
        assertThat((eleven.size() - one.size()) / 10.0).as(eleven.toString()).isLessThanOrEqualTo(NEW_HOST);

        var renewedOne = requests(web, () -> renew(web, "one", 1));
        var renewedEleven = requests(web, () -> renew(web, "eleven", 11));
        assertThat((renewedEleven.size() - renewedOne.size()) / 10.0)
                .as(renewedEleven.toString())
                .isLessThanOrEqualTo(RENEWAL);

        assertThat(web.routedHosts()).hasSize(13);
        assertThat(web.services().size() + web.slices().size()).isLessThanOrEqualTo(MOST_BESIDES_ROUTES);
    }

    private static List<Request> requests(Website web, Runnable work) {
        var audited = AuditedRequests.of(web.test().stage().cluster(), "caas-operator/");
        long mark = audited.mark();
        work.run();
        return AuditedRequests.in(web.namespace(), audited.since(mark)).stream()
                .filter(r -> !r.resource().equals(SHARED))
                .toList();
    }

    private static void issue(Website web, String prefix, int count) {
        IntStream.range(0, count)
                .forEach(i -> web.customer().declare(prefix + "-" + i, web.host("h" + i + "-" + prefix)));
        awaitDone(web, prefix, count, 1);
    }

    /** Another key asks for another certificate, as a renewal does. */
    private static void renew(Website web, String prefix, int count) {
        IntStream.range(0, count)
                .forEach(i -> web.customer().change(prefix + "-" + i, "privateKey: {algorithm: ECDSA, size: 384}"));
        awaitDone(web, prefix, count, 2);
    }

    /** Returns when all are ready, their Events are recorded and the slices are empty: nothing more is written then. */
    private static void awaitDone(Website web, String prefix, int count, int issued) {
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    for (int i = 0; i < count; i++) {
                        var name = prefix + "-" + i;
                        assertThat(isDone(web.customer().certificate(name)))
                                .as(name)
                                .isTrue();
                        assertThat(web.customer().events(name))
                                .filteredOn(e -> e.getReason().equals("Issued"))
                                .hasSize(issued);
                    }
                    assertThat(web.addresses()).isEmpty();
                });
    }

    private static boolean isDone(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && certificate
                        .getMetadata()
                        .getGeneration()
                        .equals(certificate.getStatus().observedGeneration())
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY);
    }
}
