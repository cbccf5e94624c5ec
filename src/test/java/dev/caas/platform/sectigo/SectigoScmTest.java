package dev.caas.platform.sectigo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.caas.api.ValidationType;
import dev.caas.kit.Pebble;
import dev.caas.kit.ScmPlatform;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PartnerViews.Account.State;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The provider against a stand-in that is as strict as the documentation. */
class SectigoScmTest {
    private static final String SERVER = SectigoScmHarness.SERVER;
    private static final int ANOTHER_ORGANIZATION = 43;

    private final SectigoScmHarness harness = new SectigoScmHarness();
    private final ScmPlatform platform = harness.platform();
    private final SectigoScm scm = harness.api();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void preRegistersABindingOfItsOwnEachTime() throws PlatformFailure {
        var first = scm.preRegister(SERVER, "team-a/acme", 1);
        var second = scm.preRegister(SERVER, "n".repeat(200), 3);

        assertThat(List.of(first, second))
                .containsExactly(
                        new NewBinding("kid-1", "mac-key-no-00001"), new NewBinding("kid-2", "mac-key-no-00002"));
        assertThat(scm.bindings()).extracting(PartnerViews.Binding::keyId).containsExactly("kid-1", "kid-2");
    }

    @ParameterizedTest
    @EnumSource(ScmPlatform.Cut.class)
    void aBindingThatIsCutOffMayHaveBeenMade(ScmPlatform.Cut cut) {
        platform.cut("POST", "/account", cut);

        var failure = failure(() -> scm.preRegister(SERVER, "a", 1));

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(platform.accounts()).isEqualTo(cut == ScmPlatform.Cut.BEFORE ? 0 : 1);
        assertThat(platform.requests()).hasSize(1);
    }

    /** That the login was refused says that nothing was done, which is true of the second request only. */
    @Test
    void aBindingThatWasMadeAndCannotBeReadIsNotTakenForNone() {
        var logins = List.of(harness.login(), new ScmLogin("operator", "another", "example"))
                .iterator();

        var failure = failure(() -> harness.api(logins::next).preRegister(SERVER, "a", 1));

        assertThat(platform.accounts()).isEqualTo(1);
        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(failure).hasMessageContaining("made an ACME account");
    }

    @Test
    void addsListsAndRemovesDomains() throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);

        var receipt = scm.buy(domain(binding, "a.example"), Instant.MAX);
        scm.buy(domain(binding, "*.b.example"), Instant.MAX);
        scm.remove(binding.keyId(), "*.b.example");

        assertThat(receipt).isEqualTo(new PartnerViews.Receipt(Optional.empty(), Optional.empty()));
        assertThat(platform.domains(binding.keyId())).containsExactly("a.example");
        assertThat(scm.domains(binding.keyId())).singleElement().satisfies(domain -> {
            assertThat(domain.name()).isEqualTo("a.example");
            assertThat(domain.expiresAt().map(Instant::toString).orElse("")).endsWith("T23:59:59Z");
        });
    }

    @Test
    void aSuccessThatAddsNothingIsARefusalThatNamesTheDomain() throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);
        platform.doesNotAdd("b.example");

        var failure = failure(() -> scm.buy(domain(binding, "b.example"), Instant.MAX));
        scm.buy(domain(binding, "a.example"), Instant.MAX);

        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure).hasMessageContaining("b.example").hasMessageContaining("organization 42");
        assertThat(platform.domains(binding.keyId())).containsExactly("a.example");
    }

    @Test
    void aSuccessThatRemovesNothingIsARefusalThatNamesTheDomain() throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);

        var failure = failure(() -> scm.remove(binding.keyId(), "a.example"));

        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure).hasMessageContaining("a.example");
    }

    @ParameterizedTest
    @EnumSource(ScmPlatform.Cut.class)
    void aDomainIsSentOnceAndReadingBackTellsWhetherItWasAdded(ScmPlatform.Cut cut) throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);
        platform.cut("POST", "/domain", cut);

        var failure = failure(() -> scm.buy(domain(binding, "a.example"), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(platform.requests())
                .filteredOn(r -> r.startsWith("POST") && r.endsWith("/domain"))
                .hasSize(1);
        assertThat(scm.domains(binding.keyId())).hasSize(cut == ScmPlatform.Cut.BEFORE ? 0 : 1);
    }

    @ParameterizedTest
    @CsvSource({"403, UNKNOWN_OUTCOME", "404, UNKNOWN_OUTCOME", "405, UNKNOWN_OUTCOME", "401, UNAUTHORIZED"})
    void aProxysPageDoesNotTellWhetherSomethingWasDone(int status, Kind kind) throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);
        List.of("POST", "PUT", "DELETE").forEach(method -> platform.hideBehindProxy(method, status));

        var bought = failure(() -> scm.buy(domain(binding, "a.example"), Instant.MAX));

        assertThat(bought.kind()).isEqualTo(kind);
        assertThat(bought.text()).contains(kind == Kind.UNAUTHORIZED ? "login" : Integer.toString(status));
        assertThat(failure(() -> scm.remove(binding.keyId(), "a.example")).kind())
                .isEqualTo(kind);
        assertThat(failure(() -> scm.preRegister(SERVER, "b", 1)).kind()).isEqualTo(kind);
    }

    @Test
    void nothingIsDoneByReadingWhateverAProxySays() {
        platform.hideBehindProxy("GET", 403);

        assertThat(failure(scm::bindings).kind()).isEqualTo(Kind.REFUSED);
    }

    @Test
    void nothingWasAskedOfAPlatformThatIsAway() {
        platform.close();

        assertThat(failure(scm::bindings).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void readsTheListOfBindingsToItsEnd() throws PlatformFailure {
        IntStream.range(0, 401).forEach(i -> platform.open(ScmPlatform.ORGANIZATION, harness.newBinding()));

        assertThat(scm.bindings())
                .extracting(PartnerViews.Binding::keyId)
                .doesNotHaveDuplicates()
                .hasSize(401);
        assertThat(platform.requests()).hasSize(3);
        assertThat(scm.domains("kid-401")).isEmpty();
    }

    @Test
    void whatBelongsToAnotherOrganizationIsNotSeenAndNotTouched() {
        long foreign = platform.open(ANOTHER_ORGANIZATION, new Pebble.Binding("foreign", "mac"));
        long registered = platform.register("foreign", "certbot");

        var unseen = failure(() -> scm.domains("foreign"));
        var untouched = failure(() -> scm.act(Act.DEACTIVATE, new Scope.OneAccount(foreign + "/" + registered)));

        assertThat(unseen.kind()).isEqualTo(Kind.UNKNOWN_BINDING);
        assertThat(untouched.kind()).isEqualTo(Kind.REFUSED);
        assertThat(platform.requests()).noneMatch(r -> r.startsWith("PUT"));
    }

    @Test
    void thoseWhoRegisteredAreAccountsThatCanBeDeactivated() throws PlatformFailure {
        var binding = scm.preRegister(SERVER, "a", 1);
        var unused = scm.preRegister(SERVER, "b", 1);
        var id = platform.account(binding.keyId()) + "/" + platform.register(binding.keyId(), "certbot");

        var before = scm.accounts(Optional.of(binding.keyId()));
        int changed = scm.act(Act.DEACTIVATE, new Scope.OneAccount(id));
        var again = failure(() -> scm.act(Act.DEACTIVATE, new Scope.OneAccount(id)));

        assertThat(before)
                .containsExactly(new PartnerViews.Account(
                        id,
                        binding.keyId(),
                        State.VALID,
                        "Valid",
                        Optional.of("certbot"),
                        Optional.of(Instant.parse("2026-01-02T03:04:05Z"))));
        assertThat(changed).isEqualTo(1);
        assertThat(again.kind()).isEqualTo(Kind.REFUSED);
        assertThat(scm.accounts(Optional.empty()))
                .extracting(PartnerViews.Account::keyId, PartnerViews.Account::state)
                .containsExactly(tuple(binding.keyId(), State.DEACTIVATED), tuple(unused.keyId(), State.PENDING));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "self", "1/2/3", "../1/2", "1/..", "1/2?x=y", ""})
    void anIdThatIsNoneIsNotSent(String id) {
        assertThat(failure(() -> scm.act(Act.DEACTIVATE, new Scope.OneAccount(id)))
                        .kind())
                .isEqualTo(Kind.REFUSED);
        assertThat(platform.requests()).isEmpty();
    }

    @Test
    void listsServersByWhatTheyValidate() throws PlatformFailure {
        assertThat(scm.servers())
                .containsExactly(
                        new PartnerViews.Server(SERVER, Optional.of(ValidationType.DV), Optional.of("Test CA DV")),
                        new PartnerViews.Server(SERVER, Optional.of(ValidationType.OV), Optional.of("Test CA OV")));
    }

    @Test
    void changedCredentialsAreUsedAtOnceAndNeverShown() throws PlatformFailure {
        scm.bindings();
        platform.rotate(new ScmPlatform.Login("operator", "battery staple", "example"));

        var failure = failure(scm::bindings);
        harness.adoptLogin();

        assertThat(failure.kind()).isEqualTo(Kind.UNAUTHORIZED);
        assertThat(failure.text())
                .contains("Unknown user or password: ***", "code -16")
                .doesNotContain("correct horse");
        assertThat(scm.bindings()).isEmpty();
    }

    @Test
    void credentialsThatNoHeaderHoldsAreNotShownEither() {
        var login = new ScmLogin("operator", "two\nlines", "example");

        var failure = failure(() -> harness.api(() -> login).bindings());

        assertThat(failure.kind()).isEqualTo(Kind.UNAUTHORIZED);
        assertThat(failure).hasNoCause();
        assertThat(failure.text()).contains("line break").doesNotContain("two");
        assertThat(login.toString()).doesNotContain("operator");
    }

    @Test
    void whatThereIsNotIsNotAskedFor() {
        var associated = new Purchase.Domain("kid-1", "a.example", true, Optional.empty(), 1);
        var anchored = new Purchase.Domain("kid-1", "a.example", false, Optional.of("1"), 1);

        assertThat(List.of(
                        failure(() -> scm.quote(associated)),
                        failure(() -> scm.buy(associated, Instant.MAX)),
                        failure(() -> scm.buy(anchored, Instant.MAX)),
                        failure(() -> scm.buy(new Purchase.Year("kid-1", Instant.EPOCH), Instant.MAX)),
                        failure(() -> scm.moveAnchor("kid-1", "1", "2")),
                        failure(() -> scm.lastOrders("kid-1")),
                        failure(() -> scm.act(Act.SUSPEND, new Scope.OneAccount("1/2"))),
                        failure(() -> scm.act(Act.DEACTIVATE, new Scope.Binding("kid-1"))),
                        failure(() -> scm.act(Act.DEACTIVATE, new Scope.Reseller()))))
                .allSatisfy(failure -> {
                    assertThat(failure.kind()).isEqualTo(Kind.UNSUPPORTED);
                    assertThat(failure).hasMessageStartingWith("provider SectigoSCM has no ");
                });
        assertThat(platform.requests()).isEmpty();
    }

    @Test
    void theStandInRefusesWhatIsNotDocumented() {
        var rest = new ScmRest(harness.http(), URI.create(platform.endpoint() + "/"), harness::login);

        assertThat(failure(() -> rest.get("/acme/v2/account?size=201"))).hasMessageContaining("size is 1 to 200");
        assertThat(failure(() -> rest.get("/acme/v2/account?page=1"))).hasMessageContaining("Unknown: page");
        assertThat(failure(() -> rest.post("/acme/v2/account", ScmRest.object().put("years", 1))))
                .hasMessageContaining("Unknown: years");
        assertThat(failure(() -> rest.get("/acme/v2/account/7")).kind()).isEqualTo(Kind.UNKNOWN_BINDING);
    }

    private static Purchase.Domain domain(NewBinding binding, String name) {
        return new Purchase.Domain(binding.keyId(), name, false, Optional.empty(), 1);
    }

    private static PlatformFailure failure(ThrowingCallable question) {
        return catchThrowableOfType(PlatformFailure.class, question);
    }
}
