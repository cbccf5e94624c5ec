package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Chart;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which namespaces an operator looks at, and which may use a platform. */
@ExtendWith(CaasExtension.class)
class NamespacesIT {
    private static final String BY_LABEL = "allowedNamespaces: {from: Selector, selector: {matchLabels: {%s: \"%s\"}}}";

    /** Platforms are in no namespace and Namespaces neither: they are seen all the same, with what the chart then grants. */
    @Test
    void anOperatorOfListedNamespacesServesPlatformsAndSelectors(TestNamespace namespace, OperatorProcess shared) {
        // It watches every namespace, and would do this test's work.
        shared.kill();
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            Edit.spec(
                    reseller.client(),
                    reseller.declared(),
                    BY_LABEL.formatted("kubernetes.io/metadata.name", namespace.name()));
            try (var operator = OperatorProcess.start(settings(namespace))) {
                operator.awaitReady();
                Expect.ready(reseller.client(), reseller.declared());
                reseller.account("");
                Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
                var customer = new Customer(reseller.contract());
                customer.declare("www", namespace.dnsName("www"));
                customer.awaitIssued("www");

                Edit.spec(reseller.client(), reseller.declared(), "state: Suspended");

                Expect.reason(reseller.client(), reseller.declared(), Reason.InvalidSpec);
                soon().untilAsserted(() ->
                        assertThat(eventsAbout(namespace, reseller.declared())).contains(Reason.InvalidSpec.name()));
            }
        }
    }

    /** Whoever labels the namespace need not touch the account. */
    @Test
    void aNamespaceThatIsLabelledMayUseThePlatformAtOnce(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            Edit.spec(reseller.client(), reseller.declared(), BY_LABEL.formatted("caas", namespace.name()));
            var account =
                    reseller.client().resource(reseller.declaredAccount("")).create();
            Expect.reason(reseller.client(), account, Reason.NamespaceNotAllowed);
            assertThat(reseller.platform().calls("PREREGISTER")).isEmpty();

            reseller.client()
                    .namespaces()
                    .withName(namespace.name())
                    .edit(n -> new NamespaceBuilder(n)
                            .editMetadata()
                            .addToLabels("caas", namespace.name())
                            .endMetadata()
                            .build());

            Expect.ready(reseller.client(), account);
            assertThat(reseller.platform().calls("PREREGISTER")).hasSize(1);
        }
    }

    private static OperatorProcess.Settings settings(TestNamespace namespace) {
        var stage = namespace.stage();
        var name = "listed-" + namespace.name();
        var installed = Chart.install(
                stage.client(),
                stage.dir(name + "-chart"),
                "fullnameOverride: " + name + "\nnamespaces: [" + namespace.name() + "]\n");
        var dir = stage.dir(name);
        var kubeconfig = stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir);
        return OperatorProcess.Settings.of(dir, kubeconfig)
                .with("CAAS_NAMESPACE", installed.namespace())
                .with("CAAS_NAMESPACES", namespace.name())
                .with("CAAS_LEASE", name)
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8")
                .with("CAAS_PLATFORM_TIMEOUT", "2s");
    }

    private static List<String> eventsAbout(TestNamespace namespace, CaaSPlatform platform) {
        return namespace.client().v1().events().inNamespace("default").list().getItems().stream()
                .filter(e -> platform.getMetadata()
                        .getUid()
                        .equals(e.getInvolvedObject().getUid()))
                .map(e -> e.getReason())
                .toList();
    }
}
