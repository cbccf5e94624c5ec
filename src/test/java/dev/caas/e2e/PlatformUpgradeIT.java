package dev.caas.e2e;

import static dev.caas.e2e.Expect.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kit.AcmeProxy.Orders;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Contract;
import dev.caas.kit.Fixture;
import dev.caas.kit.FormCall;
import dev.caas.kit.FormPlatform;
import dev.caas.kit.Home;
import dev.caas.kit.OperatorProcess;
import dev.caas.kit.Pebble;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The operator starts on what every earlier version kept for a partner platform, and asks that for nothing again: no
 * binding, no domain, no year, no suspension. The names are those of the fixture.
 */
@ExtendWith(CaasExtension.class)
class PlatformUpgradeIT {
    private static final Path FIXTURES = Home.resolve("src/test/resources/upgrade");
    private static final String BINDING_SECRET = "acme-eab";

    /** What changes nothing at a platform, and costs nothing. */
    private static final Set<String> QUESTIONS =
            Set.of("LISTSERVERS", "LISTACCOUNTS", "LISTBINDINGS", "LISTDOMAINS", "GETLASTORDER");

    private Stage stage;
    private OperatorProcess operator;
    private Fixture left;
    private FormPlatform platform;

    static Stream<String> versions() throws IOException {
        try (var versions = Files.list(FIXTURES)) {
            return versions
                    .filter(Fixture::hasPlatform)
                    .map(Path::getFileName)
                    .map(Path::toString)
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    /** Each version, as it left everything and as a backup without status brings it back. */
    static Stream<Arguments> fixtures() throws IOException {
        return versions().flatMap(version -> Stream.of(true, false).map(status -> Arguments.of(version, status)));
    }

    @BeforeEach
    void given(Stage stage, OperatorProcess operator) {
        this.stage = stage;
        this.operator = operator;
    }

    @AfterEach
    void end() {
        if (left != null) {
            left.remove(stage.client());
        }
        if (platform != null) {
            platform.close();
        }
    }

    @ParameterizedTest(name = "version {0}, with status: {1}")
    @MethodSource("fixtures")
    void whatAnEarlierVersionBoughtIsTakenUpAndNotPaidForAgain(String version, boolean status) {
        given(version);
        operator.stop();
        (status ? left : left.withoutStatus()).apply(stage, platform);

        operator.startAgain().awaitReady();

        assertTakenUp();
        assertOrdersUnderIt();
    }

    /** As when the namespace's Secrets were not saved whole: another binding would be another subscription. */
    @ParameterizedTest(name = "version {0}")
    @MethodSource("versions")
    void aBindingThatIsLostIsPutBackFromWhatAnEarlierVersionKept(String version) {
        given(version);
        operator.stop();
        left.withoutStatus().apply(stage, platform);
        var binding = stage.client().secrets().inNamespace(namespace()).withName(BINDING_SECRET);
        binding.delete();

        operator.startAgain().awaitReady();

        assertTakenUp();
        assertThat(Edit.text(binding.require(), "macKey")).isEqualTo(left.text(BINDING_SECRET, "macKey"));
    }

    private void given(String version) {
        left = Fixture.ofPlatform(FIXTURES.resolve(version));
        platform = FormPlatform.start(
                stage.ca(), Clock.systemUTC(), Map.of(stage.acme().directoryUrl(), "DV"), stage.pebble()::nextBinding);
        fill();
        stage.acme().reset(left.the(CaaSAccount.class).getStatus().keyId());
    }

    /** On its books is what was obtained and bought there. */
    private void fill() {
        var server = stage.acme().directoryUrl();
        var credentials = left.the(CaaSPlatform.class).getMetadata().getName();
        platform.changeLogin(
                new FormPlatform.Login(left.text(credentials, "loginName"), left.text(credentials, "loginPassword")));
        var account = left.the(CaaSAccount.class).getStatus();
        var books = platform.books();
        books.hold(new Pebble.Binding(account.keyId(), left.text(BINDING_SECRET, "macKey")), server);
        books.registered(account.keyId(), "caas-operator");
        books.suspendAccountBehindOurBack(books.registered(account.keyId(), "certbot"));
        books.addBehindOurBack(account.keyId(), domain());
        books.endTerm(account.keyId(), account.term().expiresAt());
    }

    private void assertTakenUp() {
        soon().untilAsserted(() ->
                assertThat(asked()).as("what is asked is seen").contains("LISTSERVERS", "LISTACCOUNTS", "LISTDOMAINS"));
        operator.awaitRest();
        Expect.ready(stage.client(), left.the(CaaSPlatform.class));
        var account = left.the(CaaSAccount.class);
        assertThat(Expect.ready(stage.client(), account).getStatus())
                .usingRecursiveComparison()
                .comparingOnlyFields("keyId", "keyThumbprint", "term", "domains", "applied")
                .isEqualTo(account.getStatus());
        var subscription = left.the(DomainSubscription.class);
        assertThat(subscription.getStatus().cost()).isNotNull();
        assertThat(Expect.ready(stage.client(), subscription).getStatus())
                .usingRecursiveComparison()
                .comparingOnlyFields("state", "addedAt", "expiresAt", "orderNumber", "cost", "refundableUntil")
                .isEqualTo(subscription.getStatus());
        var certificate = left.the(ManagedCertificate.class);
        var secret = certificate.getSpec().secretName();
        assertThat(Expect.ready(stage.client(), certificate).getStatus().serialNumber())
                .isEqualTo(left.serial(secret))
                .isEqualTo(left.serialOf(stage.client(), namespace(), secret));
        assertThat(asked()).isSubsetOf(QUESTIONS);
        assertThat(platform.books().till().entries()).isEmpty();
        assertThat(stage.acme().requests(Step.NEW_ACCOUNT, account.getStatus().keyId()))
                .isZero();
        assertThat(stage.acme().orders(certificate.getSpec().dnsNames().getFirst()))
                .isEqualTo(new Orders(0, 0));
    }

    /** So an order would have been seen. The CA refuses it: it does not know the account. */
    private void assertOrdersUnderIt() {
        var name = "more." + domain();
        stage.acme().reset(name);
        new Customer(new Contract(stage, namespace(), stage.authority())).declare("more", name);
        soon().untilAsserted(() ->
                assertThat(stage.acme().requests(Step.NEW_ORDER, name)).isPositive());
    }

    /** The actions that the platform was asked for. */
    private Set<String> asked() {
        return platform.calls().stream().map(FormCall::action).collect(Collectors.toSet());
    }

    private String namespace() {
        return left.the(CaaSAccount.class).getMetadata().getNamespace();
    }

    private String domain() {
        return left.the(DomainSubscription.class).getSpec().domain();
    }
}
