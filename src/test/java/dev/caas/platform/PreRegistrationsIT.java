package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.CaaSAccount;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Specs;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A MAC key is told once: what became of its place meanwhile does not lose it. */
@ExtendWith(CaasExtension.class)
class PreRegistrationsIT {
    private static final NewBinding BINDING = new NewBinding("kid-1", "c2VjcmV0");

    private TestNamespace namespace;
    private CaaSAccount account;
    private SecretStore store;
    private PreRegistrations places;
    private PreRegistrations.Place place;

    @BeforeEach
    void given(TestNamespace namespace) throws Exception {
        this.namespace = namespace;
        account = new CaaSAccount();
        account.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace.name())
                .withName("acme")
                .withUid("1")
                .withGeneration(1L)
                .build());
        account.setSpec(Specs.account("{server: 'https://ca.example/dir', platformRef: {name: p}, preRegister: {}}"));
        store = new SecretStore(namespace.client(), new WatchedNamespaces(Set.of(namespace.name())), Clock.systemUTC());
        places = new PreRegistrations(store, namespace.name());
        place = places.ask(account, Optional.empty(), List.of("kid-0"));
    }

    @AfterEach
    void end() {
        store.close();
    }

    @Test
    void aBindingIsKeptThoughItsPlaceWasChangedMeanwhile() throws Exception {
        var labelled = new SecretBuilder(secret())
                .editMetadata()
                .addToLabels("team", "pki")
                .endMetadata()
                .build();
        namespace.client().resource(labelled).update();

        places.keep(account, place, BINDING);

        assertThat(kept()).contains(BINDING);
        assertThat(secret().getMetadata().getLabels()).containsEntry("team", "pki");
    }

    @Test
    void aBindingIsKeptThoughItsPlaceWasDeletedMeanwhile() throws Exception {
        namespace.client().resource(secret()).delete();

        places.keep(account, place, BINDING);

        assertThat(kept()).contains(BINDING);
        assertThat(places.of(account).orElseThrow().server())
                .isEqualTo(account.getSpec().server());
    }

    /** It may be paid for, and its MAC key is nowhere else. */
    @Test
    void aBindingThatWasPutBackMeanwhileIsNotWrittenOver() throws Exception {
        var restored = new NewBinding("kid-paid", "cGFpZA");
        places.keep(account, places.of(account).orElseThrow(), restored);

        assertThat(places.keep(account, place, BINDING)).isFalse();

        assertThat(kept()).contains(restored);
    }

    @Test
    void aBindingThatIsKeptAlreadyIsKept() throws Exception {
        places.keep(account, places.of(account).orElseThrow(), BINDING);

        assertThat(places.keep(account, place, BINDING)).isTrue();

        assertThat(kept()).contains(BINDING);
    }

    @Test
    void aPlaceThatIsSomebodyElsesNowIsLeftToThem() {
        var theirs = new SecretBuilder(secret())
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(secret().getMetadata().getName())
                .endMetadata()
                .withData(null)
                .build();
        namespace.client().resource(secret()).delete();
        namespace.client().resource(theirs).create();

        assertThatThrownBy(() -> places.keep(account, place, BINDING)).isInstanceOf(SecretTakenException.class);
        assertThat(secret().getData()).isNullOrEmpty();
    }

    private Optional<NewBinding> kept() throws SecretTakenException {
        return places.of(account).orElseThrow().binding();
    }

    private Secret secret() {
        return namespace.client().secrets().inNamespace(namespace.name()).list().getItems().stream()
                .filter(s -> s.getMetadata().getName().startsWith("caas-preregistration-"))
                .findFirst()
                .orElseThrow();
    }
}
