package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.CaaSPlatformSpec;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.CaaSPlatformStatus;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Specs;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a platform tells, where a person looks for it. */
@ExtendWith(CaasExtension.class)
class PlatformReportIT {
    private static final int ISSUED = 6;
    private static final int REVOKED = 8;

    @Test
    void aPlatformShowsItsServersItsBindingsAndWhoUsesThem(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            var client = reseller.client();
            var before = Expect.ready(client, reseller.declared()).getStatus();
            assertThat(before.bindingCount()).isZero();
            assertThat(before.servers()).singleElement().satisfies(server -> {
                assertThat(server.url()).isEqualTo(namespace.stage().authority().server());
                assertThat(server.validationType()).isEqualTo("DV");
                assertThat(server.description()).isEqualTo("CaaS DV");
            });
            assertThat(before.unsupported()).isEmpty();

            reseller.account("");

            Expect.eventually(
                    client,
                    reseller.declared(),
                    p -> assertThat(p.getStatus().bindings()).singleElement().satisfies(binding -> {
                        assertThat(binding.keyId()).isEqualTo(reseller.keyId());
                        assertThat(binding.claimedBy()).isEqualTo(namespace.name() + "/" + Contract.ACCOUNT);
                        assertThat(binding.reusable()).isTrue();
                        assertThat(binding.state()).isEqualTo("pending");
                    }));
            var row = row(client, "/apis/caas.dev/v1alpha1/caasplatforms/" + namespace.name());
            assertThat(row)
                    .containsEntry("Name", namespace.name())
                    .containsEntry("Ready", "True")
                    .containsEntry("Reason", Reason.Synced.name())
                    .containsEntry("Provider", "SectigoCaaS")
                    .containsEntry("Bindings", "1")
                    .containsEntry("Endpoint", reseller.platform().endpoint())
                    .containsKey("Synced");
        }
    }

    @Test
    void aPlatformSaysWhatItCannotDo(TestNamespace namespace) {
        var declared = new CaaSPlatform();
        declared.setMetadata(
                new ObjectMetaBuilder().withName(namespace.name() + "-local").build());
        declared.setSpec(Specs.of(CaaSPlatformSpec.class, Map.of("provider", "Local")));
        var platform = namespace.client().resource(declared).create();
        try {
            assertThat(Expect.ready(namespace.client(), platform).getStatus().unsupported())
                    .contains("preRegistration", "servers", "organizationValidation", "reseller", "prices")
                    .doesNotContain("term");
        } finally {
            namespace.client().resource(platform).delete();
        }
    }

    @Test
    void accountsAndSubscriptionsShowWhatIsPaidForInTheirColumns(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            reseller.platform().books().registered(reseller.keyId(), "caas-operator/test");
            var subscription = Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
            var objects = "/apis/caas.dev/v1alpha1/namespaces/" + namespace.name();

            assertThat(row(reseller.client(), objects + "/domainsubscriptions/domain"))
                    .containsEntry("Domain", namespace.domain())
                    .containsEntry("State", "Active")
                    .containsValue(String.valueOf(subscription.getStatus().expiresAt()));
            soon().untilAsserted(() -> assertThat(row(reseller.client(), objects + "/caasaccounts/" + Contract.ACCOUNT))
                    .containsEntry("Ready", "True")
                    .containsValue(String.valueOf(subscription.getStatus().expiresAt())));
        }
    }

    @Test
    void aCertificateThatThePlatformIssuedAndNoObjectExplainsIsListed(TestNamespace namespace) {
        try (var reseller = Reseller.of(namespace, Approval.Automatic)) {
            reseller.account("");
            Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), ""));
            var customer = new Customer(reseller.contract());
            customer.declare("www", namespace.dnsName("www"));
            var own = customer.awaitIssued("www").serialNumber();
            var end = Instant.parse("2126-01-01T00:00:00Z");
            ordered(reseller, namespace.dnsName("www"), "00" + own.toUpperCase(Locale.ROOT), ISSUED, end);
            ordered(reseller, namespace.dnsName("other"), "00ABCDEF01", ISSUED, end);
            ordered(reseller, namespace.dnsName("revoked"), "ABCDEF02", REVOKED, end);
            ordered(
                    reseller,
                    namespace.dnsName("over"),
                    "ABCDEF03",
                    ISSUED,
                    Instant.now().minus(Duration.ofDays(1)));

            Edit.spec(reseller.client(), reseller.declared(), "approval: Manual");

            Expect.eventually(
                    reseller.client(),
                    reseller.declared(),
                    p -> assertThat(p.getStatus().unexplainedCertificates())
                            .containsExactly(new CaaSPlatformStatus.UnexplainedCertificate(
                                    "abcdef01", List.of(namespace.dnsName("other")), reseller.keyId(), end)));
        }
    }

    private static void ordered(Reseller reseller, String domain, String serial, int status, Instant end) {
        reseller.platform()
                .books()
                .ordered(reseller.keyId(), domain, serial, status, end.minus(Duration.ofDays(90)), end);
    }

    /** What {@code kubectl get} prints of an object, by column: the API server makes the table. */
    private static Map<String, String> row(KubernetesClient client, String path) {
        var http = client.getHttpClient();
        var base = client.getConfiguration().getMasterUrl().replaceFirst("/$", "");
        try {
            var reply = http.sendAsync(
                            http.newHttpRequestBuilder()
                                    .uri(base + path)
                                    .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
                                    .build(),
                            String.class)
                    .get(Expect.LIMIT.toSeconds(), TimeUnit.SECONDS);
            var table = new ObjectMapper().readTree(reply.body());
            var columns = new HashMap<String, String>();
            JsonNode cells = table.path("rows").path(0).path("cells");
            for (int i = 0; i < cells.size(); i++) {
                columns.put(
                        table.path("columnDefinitions").path(i).path("name").asText(),
                        cells.path(i).asText());
            }
            return columns;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
