package dev.caas.platform.sectigo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.api.Money;
import dev.caas.api.ValidationType;
import dev.caas.kit.FormCall;
import dev.caas.kit.FormPlatform;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PartnerViews.Account.State;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to the form API: its arguments, its casing, its money, and the ways it and the network fail. */
class SectigoCaasTest {
    private static final String DOMAIN = "www.example.com";
    private static final Duration SOON = Duration.ofSeconds(2);

    private final SectigoCaasHarness harness = new SectigoCaasHarness();
    private final FormPlatform platform = harness.platform();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void nothingThatMattersIsLeftToDefaults() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        harness.api().quote(addition(keyId));
        harness.api().buy(addition(keyId), Instant.MAX);
        harness.api().domains(keyId);
        harness.api().remove(keyId, DOMAIN);

        assertThat(platform.calls())
                .containsExactly(
                        new FormCall("PREREGISTER", Map.of("serverURL", SectigoCaasHarness.DV_SERVER, "years", "1")),
                        new FormCall("ADDDOMAIN", addDomain(keyId, "Y")),
                        new FormCall("ADDDOMAIN", addDomain(keyId, "N")),
                        new FormCall("LISTDOMAINS", Map.of("acmeAccountID", keyId, "page", "0", "size", "100")),
                        new FormCall("LISTDOMAINS", Map.of("acmeAccountID", keyId, "page", "1", "size", "100")),
                        new FormCall("REMOVEDOMAIN", Map.of("acmeAccountID", keyId, "domainName", DOMAIN)));
    }

    @Test
    void theScopeOfAnActIsAlwaysSaid() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);

        harness.api().act(Act.SUSPEND, new Scope.OneAccount(keyId));
        harness.api().act(Act.RESUME, new Scope.Binding(keyId));
        harness.api().act(Act.DEACTIVATE, new Scope.Reseller());

        assertThat(platform.calls())
                .contains(
                        new FormCall(
                                "SUSPENDACCOUNT", Map.of("acmeAccountID", keyId, "includeAdditionalAccounts", "N")),
                        new FormCall(
                                "UNSUSPENDACCOUNT", Map.of("acmeAccountID", keyId, "includeAdditionalAccounts", "Y")),
                        new FormCall("DEACTIVATEACCOUNT", Map.of("includeAdditionalAccounts", "*")));
    }

    @Test
    void whoUsesABindingIsSeenWithItsLastActivity() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        assertThat(harness.api().accounts(Optional.of(keyId)))
                .containsExactly(new PartnerViews.Account(
                        keyId, keyId, State.PENDING, "pending", Optional.empty(), Optional.empty()));

        platform.books().usedWhen(keyId::equals);

        assertThat(harness.api().accounts(Optional.of(keyId)))
                .containsExactly(new PartnerViews.Account(
                        keyId, keyId, State.VALID, "valid", Optional.of("an ACME client"), Optional.of(harness.now())));
    }

    @Test
    void theLengthOfTheFirstTermIsSaidAtPreRegistration() throws PlatformFailure {
        var keyId = harness.api()
                .preRegister(SectigoCaasHarness.DV_SERVER, "three years", 3)
                .keyId();

        harness.api().buy(addition(keyId), Instant.MAX);

        assertThat(harness.api().domains(keyId))
                .containsExactly(new PartnerViews.Domain(DOMAIN, Optional.of(Instant.parse("2030-02-09T23:59:59Z"))));
        assertThat(platform.books().till().spent()).isEqualByComparingTo("600");
    }

    @Test
    void aLaterDomainCostsItsFullDaysLeftToTheCent() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        harness.api().buy(addition(keyId), Instant.MAX);
        harness.pass(Duration.ofDays(335));

        var receipt = harness.api()
                .buy(new Purchase.Domain(keyId, "shop.example.com", false, Optional.empty(), 1), Instant.MAX);

        // 30 full days and a half of 365, at 200 a year.
        assertThat(receipt.cost()).hasValue(new Money("16.44", "USD"));
    }

    @Test
    void aDomainIsRefundedOnlyOnceAndOnlyWithin30Days() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        harness.api().buy(addition(keyId), Instant.MAX);
        harness.pass(Duration.ofDays(31));

        harness.api().remove(keyId, DOMAIN);
        assertThat(platform.books().till().spent()).isEqualByComparingTo("200");
        harness.api().buy(addition(keyId), Instant.MAX);
        var spent = platform.books().till().spent();
        harness.api().remove(keyId, DOMAIN);

        assertThat(platform.books().till().spent()).isEqualByComparingTo("200").isLessThan(spent);
    }

    @Test
    void anEmptyTillRefusesThePurchaseAndSaysWhy() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        platform.books().till().fund(new BigDecimal("199.99"));

        var failure = failure(() -> harness.api().buy(addition(keyId), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.PAYMENT);
        assertThat(failure.text()).contains("insufficient funds", "check the reseller account's balance");
        assertThat(harness.api().domains(keyId)).isEmpty();
    }

    @Test
    void anOrganisationValidatedDomainIsAddedUnderItsAnchor() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.OV);
        var anchor = harness.anchor();

        harness.api().buy(new Purchase.Domain(keyId, "*.example.com", false, Optional.of(anchor), 1), Instant.MAX);

        assertThat(platform.books().anchor(keyId, "*.example.com")).isEqualTo(anchor);
    }

    @Test
    void serversSayWhatTheyValidate() throws PlatformFailure {
        assertThat(harness.api().servers())
                .containsExactlyInAnyOrder(
                        new PartnerViews.Server(
                                SectigoCaasHarness.DV_SERVER, Optional.of(ValidationType.DV), Optional.of("CaaS DV")),
                        new PartnerViews.Server(
                                SectigoCaasHarness.OV_SERVER, Optional.of(ValidationType.OV), Optional.of("CaaS OV")));
    }

    @Test
    void accountsAreReadPageByPage() throws PlatformFailure {
        for (int i = 0; i < 250; i++) {
            harness.binding(ValidationType.DV);
        }

        assertThat(harness.api().accounts(Optional.empty()))
                .extracting(PartnerViews.Account::id)
                .hasSize(250)
                .doesNotHaveDuplicates();
        assertThat(platform.calls("LISTACCOUNTS"))
                .extracting(call -> call.argument("page"))
                .containsExactly("0", "1", "2", "3");
    }

    /** A short page taken for the last one, all others would be taken for removed, or bought again. */
    @Test
    void aListWhosePagesAreShorterThanAskedForIsWhole() throws PlatformFailure {
        for (int i = 0; i < 25; i++) {
            harness.binding(ValidationType.DV);
        }
        platform.books().pagesOf(10);

        assertThat(harness.api().accounts(Optional.empty())).hasSize(25);
    }

    @ParameterizedTest
    @CsvSource({
        "M\u00dcNCHEN.example, xn--mnchen-3ya.example",
        "*.m\u00fcnchen.example., *.xn--mnchen-3ya.example",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "_no.name, _no.name"
    })
    void howeverADomainIsSpeltItIsFoundAgain(String spelt, String name) throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        harness.api().buy(addition(keyId), Instant.MAX);
        platform.books().listsDomains(_ -> List.of(spelt));

        assertThat(harness.api().domains(keyId))
                .extracting(PartnerViews.Domain::name)
                .containsExactly(name);
    }

    @Test
    void aPageThatIsRepeatedIsNoEndlessList() {
        var page = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            page.append(i == 0 ? "" : ",")
                    .append("{\"domainName\":\"h")
                    .append(i)
                    .append(".example.com\"}");
        }
        platform.on("LISTDOMAINS").answer(200, "application/json", "{\"Domains\":[" + page + "]}");

        var failure = failure(() -> harness.api().domains("kid"));

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(failure.text()).contains("LISTDOMAINS", "repeats a page");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Domains\":[{\"domainName\":\"WWW.example.com\",\"expiresAt\":\"2027-09-20T23:59:59Z\"}]}",
                "{\"domains\":[{\"domainname\":\"www.example.com\",\"EXPIRESAT\":\"2027-09-20T23:59:59+00:00\"}]}",
                "{\"DOMAINS\":[{\"DomainName\":\"www.example.com\",\"expiresAt\":\"2027-09-20 23:59:59\",\"new\":[1]}],"
                        + "\"more\":{}}"
            })
    void namesOfAnyCaseAreReadAndUnknownOnesPassedOver(String body) throws PlatformFailure {
        platform.on("LISTDOMAINS").answer(200, "application/json", body);

        assertThat(harness.api().domains("kid"))
                .containsExactly(new PartnerViews.Domain(DOMAIN, Optional.of(Instant.parse("2027-09-20T23:59:59Z"))));
    }

    @Test
    void anEndThatCannotBeReadIsNotTakenForNone() {
        platform.on("LISTDOMAINS")
                .answer(
                        200,
                        "application/json",
                        "{\"Domains\":[{\"domainName\":\"www.example.com\",\"expiresAt\":\"next year\"}]}");

        assertThat(failure(() -> harness.api().domains("kid")).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    }

    @ParameterizedTest
    @CsvSource({
        "200.00, 200.00",
        "200, 200.00",
        "16.44, 16.44",
        "0.1, 0.10",
        "33.333, 33.333",
        "12345678901.01, 12345678901.01",
        "2E+2, 200.00",
        "'\"16.44\"', 16.44"
    })
    void moneyIsExact(String json, String amount) throws PlatformFailure {
        price(json, "\"USD\"");

        assertThat(harness.api().quote(addition("kid")).money()).isEqualTo(new Money(amount, "USD"));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, '\"USD\"'",
        "1e999999999, '\"USD\"'",
        "0.00001, '\"USD\"'",
        "'\"a lot\"', '\"USD\"'",
        "null, '\"USD\"'",
        "200, '\"dollars\"'",
        "200, null"
    })
    void aQuoteThatIsNoPriceIsNoQuote(String cost, String currency) {
        price(cost, currency);

        assertThat(failure(() -> harness.api().quote(addition("kid"))).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    }

    @Test
    void aPurchaseThatWasMadeIsNotDoubtedForThePriceItShows() throws PlatformFailure {
        price("null", "null");

        assertThat(harness.api().buy(addition("kid"), Instant.MAX))
                .isEqualTo(new PartnerViews.Receipt(Optional.of("4711"), Optional.empty()));
    }

    @Test
    void domainsOfOneCertificateAreOneOrder() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        var notAfter = Instant.parse("2027-05-01T00:00:00Z");
        harness.issued(keyId, "a.example.com", "00:AB:01", false, notAfter);
        harness.issued(keyId, "b.example.com", "00:AB:01", false, notAfter);
        platform.books().ordered(keyId, "c.example.com", "0c", 9, notAfter.minusSeconds(1), notAfter);
        platform.books().ordered(keyId, "d.example.com", "", 3, notAfter.minusSeconds(1), notAfter);
        platform.books().ordered(keyId, "e.example.com", "", 14, notAfter.minusSeconds(1), notAfter);

        assertThat(harness.api().lastOrders(keyId))
                .containsExactly(
                        order("ab01", List.of("a.example.com", "b.example.com"), true, notAfter, keyId),
                        order("c", List.of("c.example.com"), true, notAfter, keyId),
                        order(null, List.of("d.example.com"), false, notAfter, keyId),
                        order(null, List.of("e.example.com"), false, notAfter, keyId));
    }

    @Test
    void neitherLoginNorPasswordIsEverInAFailure() {
        platform.on("ADDDOMAIN").times(3).echo(403);
        var echoed = platform.on("LISTDOMAINS").echo(400);
        var login = harness.login();
        assertThat(raw("LISTDOMAINS")).contains(login.name(), "correct+horse+%26+battery%3Dstaple");
        assertThat(echoed.hits()).isOne();

        var failures = List.of(
                failure(() -> harness.api().buy(addition("kid"), Instant.MAX)),
                failure(() -> harness.api().domains("kid")));

        assertThat(failures)
                .allSatisfy(failure -> assertThat(whole(failure))
                        .contains("cannot do", "***")
                        .doesNotContain(
                                login.name(),
                                login.password(),
                                "correct+horse",
                                "battery%3Dstaple",
                                "correct horse & battery"));
        assertThat(new SectigoCaas.Credentials(login.name(), login.password()).toString())
                .doesNotContain(login.name(), login.password());
    }

    @Test
    void macKeysThatAreListedAreNotTakenIn() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        assertThat(raw("LISTACCOUNTS") + raw("LISTBINDINGS")).containsPattern("mac-key-1-secret.*mac-key-1-secret");

        var seen =
                harness.api().accounts(Optional.empty()) + " " + harness.api().bindings();

        assertThat(seen).containsPattern(keyId + ".*" + keyId).doesNotContain("mac-key");
    }

    @Test
    void aLoginSentBackAsItIsWrittenIsTakenOutToo() {
        var login = harness.login();
        platform.on("LISTDOMAINS").refuse("no " + login.password() + " for " + login.name() + "\u0007\n!");

        var failure = failure(() -> harness.api().domains("kid"));

        assertThat(failure.text()).contains("\"no *** for *** !\"").doesNotContain("\n", "\u0007");
    }

    @Test
    void aLongReasonIsCut() {
        platform.on("LISTDOMAINS").refuse("no ".repeat(1000));

        assertThat(failure(() -> harness.api().domains("kid")).text())
                .contains("no no ")
                .hasSizeLessThan(600);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"success\":false,\"orderNumber\":4711}",
                "{\"orderNumber\":4711,\"cost\":200.00,\"currency\":\"USD\"}",
                "{\"success\":true,\"orderNumber\":4711",
                "{\"success\":true} trailing",
                "<html>Bad gateway</html>",
                "[]",
                "null",
                ""
            })
    void anAnswerThatDoesNotSayItWasDoneLeavesTheOutcomeUnknown(String body) throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        platform.on("ADDDOMAIN").answerAfter(body);

        var failure = failure(() -> harness.api().buy(addition(keyId), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(platform.books().domains(keyId)).containsExactly(DOMAIN);
    }

    /** A proxy's page may come instead of the platform's answer to what it did. */
    @ParameterizedTest
    @CsvSource({
        "403, <html>no</html>, UNKNOWN_OUTCOME",
        "404, <html>account does not exist</html>, UNKNOWN_OUTCOME",
        "405, '', UNKNOWN_OUTCOME",
        "403, '{\"message\": \"no\"}', UNKNOWN_OUTCOME",
        "401, <html>no</html>, UNAUTHORIZED",
        "403, '{\"detail\": \"no\"}', REFUSED",
    })
    void onlyThePlatformsOwnRefusalTellsThatNothingWasDone(int status, String body, Kind kind) {
        Stream.of("ADDDOMAIN", "REMOVEDOMAIN", "UPDATEDOMAINS", "SUSPENDACCOUNT", "PREREGISTER")
                .forEach(action -> platform.on(action).answer(status, "text/html", body));

        var bought = failure(() -> harness.api().buy(addition("kid"), Instant.MAX));

        assertThat(bought.kind()).isEqualTo(kind);
        assertThat(bought.text()).contains("ADDDOMAIN", Integer.toString(status));
        assertThat(Stream.<ThrowingCallable>of(
                                () -> harness.api().remove("kid", DOMAIN),
                                () -> harness.api().moveAnchor("kid", "1", "2"),
                                () -> harness.api().act(Act.SUSPEND, new Scope.Binding("kid")),
                                () -> harness.api().preRegister("https://ca.example/dir", "a", 1))
                        .map(SectigoCaasTest::failure))
                .extracting(PlatformFailure::kind)
                .containsOnly(kind);
    }

    @Test
    void whatChangesNothingIsRefusedWhoeverSaysSo() {
        platform.on("LISTDOMAINS").answer(403, "text/html", "<html>no</html>");
        platform.on("ADDDOMAIN").answer(403, "text/html", "<html>no</html>");

        assertThat(failure(() -> harness.api().domains("kid")).kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure(() -> harness.api().quote(addition("kid"))).kind()).isEqualTo(Kind.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 408, 429, 500, 502, 503})
    void aStatusThatTellsNothingLeavesTheOutcomeUnknown(int status) {
        platform.on("ADDDOMAIN").answer(status, "text/html", "<html>no</html>");

        var failure = failure(() -> harness.api().buy(addition("kid"), Instant.MAX));

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        assertThat(failure.text()).contains(Integer.toString(status));
        assertThat(failure.isPassing()).isTrue();
    }

    @Test
    void anAnswerThatNeverEndsIsNotReadToItsEnd() throws PlatformFailure {
        var large = "{\"Domains\":[],\"more\":\"" + "x".repeat(7 << 20) + "\"}";
        platform.on("LISTDOMAINS").once().answer(200, "application/json", large);
        assertThat(harness.api().domains("kid")).isEmpty();
        platform.on("LISTDOMAINS").answer(200, "application/json", large + " ".repeat(2 << 20));

        assertThat(failure(() -> harness.api().domains("kid")).kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    }

    @Test
    void anAnswerThatComesTooLateLeavesTheOutcomeUnknown() throws PlatformFailure {
        var keyId = harness.binding(ValidationType.DV);
        try (var hold = platform.on("ADDDOMAIN").holdAfter()) {
            var failure = failure(() -> harness.api(SOON).buy(addition(keyId), Instant.MAX));

            hold.awaitReached(Duration.ofSeconds(10));
            assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
        }
        assertThat(platform.books().domains(keyId)).containsExactly(DOMAIN);
    }

    @Test
    void aPlatformThatTheCaBundleDoesNotVouchForIsNotAsked() {
        var failure = failure(() ->
                harness.api(HttpClient.newHttpClient(), Duration.ofSeconds(30)).domains("kid"));

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.text()).contains("caBundle");
        assertThat(platform.calls()).isEmpty();
    }

    @Test
    void anAddressThatTheAdministratorDoesNotAllowIsNotAsked() {
        var http = new PartnerHttp(
                harness.client(),
                new OutboundPolicy(List.of("*"), List.of()),
                Duration.ofSeconds(30),
                Clock.systemUTC());
        var api = new SectigoCaas(
                URI.create(platform.endpoint()), () -> new SectigoCaas.Credentials("name", "password"), http);

        var failure = failure(() -> api.domains("kid"));

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.text()).contains("caas.outbound.private-ranges");
        assertThat(platform.calls()).isEmpty();
    }

    @Test
    void aClientThatFollowsRedirectsIsNotTaken() {
        try (var client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            assertThatThrownBy(() -> new PartnerHttp(
                            client, new OutboundPolicy(List.of("*"), List.of()), SOON, Clock.systemUTC()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theNewLoginIsTakenWithoutANewClient() throws PlatformFailure {
        var api = harness.api();
        var keyId = harness.binding(ValidationType.DV);
        platform.changeLogin(new FormPlatform.Login("someone", "else"));
        var failure = failure(() -> api.domains(keyId));
        assertThat(failure.kind()).isEqualTo(Kind.UNAUTHORIZED);
        assertThat(failure.text()).contains("LISTDOMAINS", "loginPassword");

        harness.login(new FormPlatform.Login("someone", "else"));

        assertThat(api.domains(keyId)).isEmpty();
    }

    private String raw(String action) {
        try {
            var request = HttpRequest.newBuilder(URI.create(platform.endpoint()))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString("loginName="
                            + harness.login().name() + "&loginPassword="
                            + URLEncoder.encode(harness.login().password(), StandardCharsets.UTF_8)
                            + "&action=" + action))
                    .build();
            return harness.client()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void price(String cost, String currency) {
        platform.on("ADDDOMAIN")
                .answer(
                        200,
                        "application/json",
                        "{\"success\":true,\"orderNumber\":4711,\"cost\":" + cost + ",\"currency\":" + currency
                                + ",\"domains\":[{\"domainName\":\"www.example.com\"}]}");
    }

    private static PartnerViews.Order order(
            @Nullable String serial, List<String> domains, boolean valid, Instant notAfter, String accountId) {
        return new PartnerViews.Order(
                Optional.ofNullable(serial), domains, valid, Optional.of(notAfter), Optional.of(accountId));
    }

    private static Purchase addition(String keyId) {
        return new Purchase.Domain(keyId, DOMAIN, false, Optional.empty(), 1);
    }

    private static Map<String, String> addDomain(String keyId, String quoteOnly) {
        return Map.of("acmeAccountID", keyId, "domainName", DOMAIN, "addAssociatedFQDN", "N", "quoteOnly", quoteOnly);
    }

    /** A failure with all that would be printed of it, causes included. */
    private static String whole(PlatformFailure failure) {
        var out = new StringWriter();
        failure.printStackTrace(new PrintWriter(out));
        return out.toString();
    }

    private static PlatformFailure failure(ThrowingCallable call) {
        return catchThrowableOfType(PlatformFailure.class, call);
    }
}
