package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.DomainSubscription;
import dev.caas.kit.AuditedRequests;
import dev.caas.kit.AuditedRequests.Request;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Settled;
import dev.caas.kit.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A start of the operator looks at everything, and touches only what is not as it should be. */
@ExtendWith(CaasExtension.class)
class RestartIT {
    private static final int CERTIFICATES = 30;

    @Test
    void settledCertificatesAreNotWrittenToAtAStart(TestNamespace namespace, OperatorProcess operator) {
        var customer = Customer.signed(namespace);
        var settled = new Settled(customer.contract(), customer.awaitRegistered());
        // Before the domain is there, certificates are told of without their subscription.
        Expect.ready(customer.client(), namespace.get(DomainSubscription.class, "domain"));
        operator.stop();
        settled.fill(CERTIFICATES);
        operator.startAgain().awaitReady();
        settled.awaitTold();
        operator.stop();
        // One whose status does not tell the truth: what is written to it shows that writes are seen.
        customer.pretendIssuing("settled-17");
        var audited = AuditedRequests.of(namespace.stage().cluster(), "caas-operator/");
        long mark = audited.mark();

        operator.startAgain().awaitReady();
        customer.awaitIssued("settled-17");
        operator.awaitRest();

        assertThat(audited.since(mark))
                .as("the operator's client tells whose it is, in every controller")
                .extracting(Request::kind)
                .contains("list managedcertificates", "list secrets", "list caasaccounts");
        assertThat(writes(audited.since(mark), namespace))
                .extracting(request -> request.kind() + " " + request.name())
                .containsExactly("update managedcertificates/status settled-17");
    }

    private static List<Request> writes(List<Request> requests, TestNamespace namespace) {
        return AuditedRequests.in(namespace.name(), requests).stream()
                .filter(Request::isWrite)
                .toList();
    }
}
