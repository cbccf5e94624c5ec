package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Specs;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretText;
import dev.caas.kube.WatchedNamespaces;
import dev.caas.platform.BindingSecret;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PreRegistrations;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a binding whose place changed while the platform was asked for it. */
@ExtendWith(CaasExtension.class)
class PreRegistrationIT {
    private static final NewBinding NEW = new NewBinding("kid-new", "bmV3");
    private static final NewBinding PAID = new NewBinding("kid-paid", "cGFpZA");

    private final CaaSAccount account = new CaaSAccount();
    private TestNamespace namespace;
    private AuditLog audit;
    private SecretStore secrets;
    private PreRegistrations places;
    private PreRegistration preRegistration;

    @TempDir
    private Path dir;

    /** The account is not at the API server: no operator is at it, too. */
    @BeforeEach
    void given(TestNamespace namespace) {
        this.namespace = namespace;
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("acme")
                .withUid("1")
                .withGeneration(1L)
                .build());
        account.setSpec(Specs.account("{server: 'https://ca.example/dir', platformRef: {name: p}, preRegister: {}}"));
        audit = new AuditLog("test", dir.resolve("audit.log"), Clock.systemUTC());
        secrets =
                new SecretStore(namespace.client(), new WatchedNamespaces(Set.of(namespace.name())), Clock.systemUTC());
        places = new PreRegistrations(secrets, namespace.name());
        preRegistration = new PreRegistration(
                places, secrets, new EventRecorder(namespace.client(), "test", Clock.systemUTC()), audit);
    }

    @AfterEach
    void end() throws Exception {
        secrets.close();
        audit.close();
    }

    @Test
    void aBindingThatIsRestoredMeanwhileIsTheOneThatIsUsed() throws Exception {
        var api = platform(() -> places.keep(account, places.of(account).orElseThrow(), PAID));

        var trouble = preRegistration.settle(account, api).orElseThrow();

        assertThat(trouble.passing()).isTrue();
        assertThat(trouble.message()).contains(NEW.keyId(), "put back");
        assertThat(spare()).singleElement().asString().contains(NEW.keyId());
        assertThat(preRegistration.settle(account, api)).isEmpty();
        assertThat(secrets.readNow(inUse()).orElseThrow().getData())
                .containsEntry("keyId", SecretText.encoded(PAID.keyId()))
                .containsEntry("macKey", SecretText.encoded(PAID.macKey()));
    }

    /** An immutable Secret takes nothing, like a cluster whose admission refuses it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBindingThatCannotBeKeptIsOnRecordAndAnotherIsPromisedOnlyIfItIsAskedFor(boolean asked) throws Exception {
        if (asked) {
            places.ask(account, Optional.empty(), List.of());
        }
        var api = platform(() -> namespace
                .client()
                .resource(new SecretBuilder(place()).withImmutable(true).build())
                .update());

        var trouble = preRegistration.settle(account, api).orElseThrow();

        assertThat(trouble.reason()).isEqualTo(Reason.Failed);
        assertThat(trouble.message()).contains(NEW.keyId(), "cannot be kept");
        assertThat(trouble.message().contains("Another one is asked for")).isEqualTo(!asked);
        assertThat(trouble.message().contains("before the spec of this account changes"))
                .isEqualTo(asked);
        assertThat(trouble.passing()).isEqualTo(!asked);
        assertThat(spare()).singleElement().asString().contains(NEW.keyId());
    }

    @Test
    void aBindingWhosePlaceIsSomebodyElsesMeanwhileIsOnRecord() throws Exception {
        var api = platform(() -> {
            var place = place();
            namespace.client().resource(place).delete();
            namespace
                    .client()
                    .resource(new SecretBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace.name())
                            .withName(place.getMetadata().getName())
                            .endMetadata()
                            .build())
                    .create();
        });

        var trouble = preRegistration.settle(account, api).orElseThrow();

        assertThat(trouble.reason()).isEqualTo(Reason.SecretConflict);
        assertThat(spare()).singleElement().asString().contains(NEW.keyId());
    }

    private interface Meanwhile {
        void happens() throws Exception;
    }

    /** Hands out one binding, while something happens. */
    private static PartnerApi platform(Meanwhile meanwhile) {
        return (PartnerApi) Proxy.newProxyInstance(
                PreRegistrationIT.class.getClassLoader(),
                new Class<?>[] {PartnerApi.class},
                (_, method, _) -> switch (method.getName()) {
                    case "capabilities" -> Set.of(PartnerApi.Capability.PRE_REGISTRATION);
                    case "accounts" -> List.of();
                    case "preRegister" -> {
                        meanwhile.happens();
                        yield NEW;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private Secret place() {
        return namespace.client().secrets().inNamespace(namespace.name()).list().getItems().stream()
                .filter(s -> s.getMetadata().getName().startsWith("caas-preregistration-"))
                .findFirst()
                .orElseThrow();
    }

    private ObjectName inUse() {
        return new ObjectName(namespace.name(), BindingSecret.ownership("acme").secretName());
    }

    private List<String> spare() throws Exception {
        try (var lines = Files.lines(dir.resolve("audit.log"))) {
            return lines.filter(line -> line.contains(AuditRecord.Type.BINDING_SPARE.label()))
                    .toList();
        }
    }
}
