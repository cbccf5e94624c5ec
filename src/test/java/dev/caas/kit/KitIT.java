package dev.caas.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The kit's parts do what tests rely on. */
@ExtendWith(CaasExtension.class)
class KitIT {
    @Test
    void proxyHandsOutItsOwnUrlsAndCountsRequests(Stage stage) throws Exception {
        long before = stage.acme().requests(Step.DIRECTORY);

        var directory = get(stage, stage.acme().directoryUrl());

        assertThat(directory.statusCode()).isEqualTo(200);
        assertThat(directory.body())
                .contains(stage.acme().directoryUrl().replace("/dir", "/order-plz"))
                .contains("\"externalAccountRequired\": true")
                .contains("\"seconds\"");
        assertThat(stage.acme().requests(Step.DIRECTORY)).isEqualTo(before + 1);
    }

    @Test
    void proxyInjectsAFaultSoManyTimes(Stage stage) throws Exception {
        Rule rule = stage.acme().on(Step.NEW_NONCE).forEveryone().once().answer(503, "serverInternal", "try again");
        String nonceUrl = stage.acme().directoryUrl().replace("/dir", "/nonce-plz");

        var first = get(stage, nonceUrl);
        var second = get(stage, nonceUrl);

        assertThat(first.statusCode()).isEqualTo(503);
        assertThat(first.body()).contains("urn:ietf:params:acme:error:serverInternal");
        assertThat(second.statusCode()).isEqualTo(204);
        assertThat(rule.hits()).isEqualTo(1);
    }

    @Test
    void secondaryNameServerLagsBehindAndThenAgrees(Stage stage) {
        String earlier = "_acme-challenge.earlier.example.test";
        String later = "_acme-challenge.later.example.test";
        // The secondary has just looked: its next look is most of a second away.
        stage.bind().add(Bind.ZONE, earlier + ". 1 IN TXT token");
        await().pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> assertThat(stage.bind().txtAtSecondary(earlier)).containsExactly("token"));

        stage.bind().add(Bind.ZONE, later + ". 1 IN TXT token");

        assertThat(stage.bind().txt(later)).containsExactly("token");
        assertThat(stage.bind().txtAtSecondary(later)).isEmpty();
        await().untilAsserted(
                        () -> assertThat(stage.bind().txtAtSecondary(later)).containsExactly("token"));
        assertThat(stage.bind().primaryLog().additions(later)).isEqualTo(1);
        assertThat(stage.bind().primaryLog().txtQueries(later)).isZero();
    }

    @Test
    void auditLogTellsClientsApartByUserAgent(Stage stage) {
        var audited = AuditedRequests.of(stage.cluster(), "kit-test/");
        var config = new ConfigBuilder(stage.client().getConfiguration())
                .withUserAgent("kit-test/1")
                .build();
        long mark = audited.mark();

        try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
            client.secrets().inNamespace("default").list();
            stage.client().secrets().inNamespace("default").list();
        }

        assertThat(AuditedRequests.byKind(audited.since(mark))).containsOnly(Map.entry("list secrets", 1L));
    }

    private static HttpResponse<String> get(Stage stage, String url) throws Exception {
        try (var http =
                HttpClient.newBuilder().sslContext(stage.ca().trusting()).build()) {
            return http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
