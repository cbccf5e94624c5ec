package dev.caas.kit;

import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import dev.caas.kube.Conditions;
import dev.caas.kube.Ownership;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Certificates that are issued already, as a backup brings them: each with its Secret as the operator would have written
 * it, and without a status. No order was ever placed for them.
 */
public final class Settled {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final Duration VALIDITY = Duration.ofDays(90);

    /** Requests under way at once: more only make the API server slower. */
    private static final int AT_ONCE = 32;

    private final Contract contract;
    private final String accountUrl;
    private final OfflineCa ca = new OfflineCa(Instant.now().plus(VALIDITY));
    private int there;

    /** @param accountUrl the account they are said to be issued under */
    public Settled(Contract contract, String accountUrl) {
        this.contract = contract;
        this.accountUrl = accountUrl;
    }

    /** Creates as many as are missing to a count: {@code settled-<i>}, kept in Secret {@code settled-<i>-tls}. */
    public void fill(int count) {
        forEach(IntStream.range(there, count).boxed().toList(), this::create);
        there = count;
    }

    /** The CA was asked about all of them already, and said that: so their statuses tell. */
    public void asked(RenewalInfo window) {
        var told = Serialization.asJson(Map.of("status", Map.of("renewalInfo", window)));
        forEach(
                all(),
                certificate -> contract.stage()
                        .client()
                        .resource(certificate)
                        .subresource("status")
                        .patch(PatchContext.of(PatchType.JSON_MERGE), told));
    }

    /** Waits until the operator has told of all when they are renewed by that. */
    public void awaitScheduled(RenewalInfo window) {
        Poll.until(
                "all are to be renewed in the window",
                LIMIT,
                () -> all().stream()
                        .map(certificate -> certificate.getStatus().renewalTime())
                        .allMatch(time -> time != null
                                && !time.isBefore(window.windowStart())
                                && !time.isAfter(window.windowEnd())));
    }

    private List<ManagedCertificate> all() {
        return contract.stage()
                .client()
                .resources(ManagedCertificate.class)
                .inNamespace(contract.namespace())
                .list()
                .getItems();
    }

    private static <T> void forEach(List<T> all, Consumer<T> task) {
        var slots = new Semaphore(AT_ONCE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (T one : all) {
                slots.acquire();
                threads.execute(() -> {
                    try {
                        task.accept(one);
                    } finally {
                        slots.release();
                    }
                });
            }
        } catch (InterruptedException e) {
            throw Poll.interrupted("certificates are prepared", e);
        }
    }

    /** Waits until the operator has told of all that they are issued. */
    public void awaitTold() {
        Poll.until("all are Ready", LIMIT, () -> {
            var all = all();
            return all.size() >= there && all.stream().allMatch(Settled::isReady);
        });
    }

    private static boolean isReady(ManagedCertificate certificate) {
        return certificate.getStatus() != null
                && new Conditions(certificate.getStatus().conditions()).isTrue(Conditions.READY);
    }

    private void create(int i) {
        var client = contract.stage().client();
        var certificate = contract.certificate("settled-" + i, "c" + i + "." + contract.namespace() + "." + Bind.ZONE);
        client.resource(secret(certificate)).create();
        client.resource(certificate).create();
    }

    private Secret secret(ManagedCertificate certificate) {
        var name = certificate.getMetadata().getName();
        var issued = ca.issue(certificate.getSpec().dnsNames());
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(contract.namespace())
                .withName(certificate.getSpec().secretName())
                .withLabels(new Ownership(Ownership.Role.certificate, "ManagedCertificate", name).labels())
                .withAnnotations(Map.of(
                        "caas.dev/issued-at",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                        "caas.dev/account-url",
                        accountUrl,
                        "caas.dev/certificate-url",
                        accountUrl.replaceFirst("/[^/]+/[^/]+$", "/certZ/" + name),
                        "caas.dev/profile",
                        contract.authority().profile(),
                        "caas.dev/subscriptions",
                        contract.namespace() + "/domain"))
                .endMetadata()
                .withType("kubernetes.io/tls")
                .addToStringData("tls.crt", issued.chain().toPem())
                .addToStringData("tls.key", issued.key().toPem())
                .build();
    }
}
