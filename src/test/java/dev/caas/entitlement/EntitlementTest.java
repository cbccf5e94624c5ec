package dev.caas.entitlement;

import static dev.caas.entitlement.World.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which account answers, and what it answers as a whole. */
class EntitlementTest {
    @Test
    void subscribedNamesAreGranted() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com}")
                .subscription("team/acme", "wild", "{domain: '*.example.com'}");

        assertGranted(
                world.ask("team", "*.example.com", "shop.example.com", "SHOP.example.com."), "acme", "wild", "shop");
    }

    @Test
    void anAssociatedNameThatIsSubscribedIsGrantedAndNoOtherWithIt() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "both", "{domain: example.com, includeAssociated: true}")
                .subscription("team/acme", "bare", "{domain: www.example.org, includeAssociated: true}")
                .subscription("team/acme", "wished", "{domain: example.net, includeAssociated: true}", false);

        assertGranted(world.ask("team", "example.com", "www.example.com"), "acme", "both");
        assertGranted(world.ask("team", "example.org"), "acme", "bare");
        assertThat(world.ask("team", "shop.example.com")).isInstanceOf(Denied.class);
        assertThat(world.ask("team", "www.example.net")).isInstanceOf(Denied.class);
    }

    /** Its grants and its suspension count, whoever has the name as an associated one. */
    @Test
    void anAssociatedNameOpensNoSubscriptionThatIsItsOwn() {
        String both = "{domain: example.com, includeAssociated: true, grants: [{namespaces: {from: All}}]}";
        assertGranted(shared(both).ask("team", "www.example.com"), "shared", "zone");

        World ungranted = shared(both).subscription("caas/shared", "own", "{domain: WWW.example.com}");
        World suspended = shared(both)
                .subscription(
                        "caas/shared",
                        "own",
                        "{domain: www.example.com, state: Suspended, grants: [{namespaces: {from: All}}]}");

        assertThat(denied(ungranted.ask("team", "www.example.com")).reason()).isEqualTo(Reason.NamespaceNotAllowed);
        assertThat(denied(suspended.ask("team", "www.example.com")).reason()).isEqualTo(Reason.Suspended);
        assertGranted(ungranted.ask("team", "example.com"), "shared", "zone");
    }

    private static World shared(String subscription) {
        return new World()
                .account("caas/shared", "{allowedNamespaces: {from: All}}")
                .subscription("caas/shared", "zone", subscription)
                .defaultAccount("caas/shared");
    }

    @Test
    void theMostSpecificSubscriptionIsTheOneUsed() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "all", "{domain: example.com, coversSubdomains: true}")
                .subscription("team/acme", "shop", "{domain: shop.example.com}");

        assertGranted(world.ask("team", "shop.example.com"), "acme", "shop");
        assertGranted(world.ask("team", "www.example.com", "example.com", "shop.example.com"), "acme", "all", "shop");
    }

    @Test
    void oneUnsubscribedNameDeniesAllAndIsNamed() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        Denied denied = denied(world.ask("team", "shop.example.com", "www.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.NotSubscribed);
        assertThat(denied.names())
                .extracting(NameDenial::name, NameDenial::reason)
                .containsExactly(tuple("www.example.com", Reason.NotSubscribed));
        assertThat(denied.message())
                .isEqualTo("www.example.com: no DomainSubscription of CaaSAccount team/acme covers it;"
                        + " subscribe www.example.com, or a domain above it with coversSubdomains");
    }

    @Test
    void withoutAnyAccountNothingIsGranted() {
        Denied denied = denied(new World().ask("team", "shop.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.AccountNotReady);
        assertThat(denied.message())
                .isEqualTo("namespace team has no CaaSAccount and the cluster has no default one;"
                        + " create one here, or name one that allows this namespace in spec.accountRef");
        assertThat(denied(new World().defaultAccount("caas/shared").ask("team", "shop.example.com"))
                        .message())
                .contains("the default CaaSAccount caas/shared does not exist");
    }

    @Test
    void aNamedAccountMustExist() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        Denied denied = denied(world.askFor("team", "{dnsNames: [shop.example.com], accountRef: {name: other}}"));

        assertThat(denied.reason()).isEqualTo(Reason.AccountNotReady);
        assertThat(denied.message()).startsWith("CaaSAccount team/other does not exist");
    }

    @Test
    void onlyTheNamedAccountIsAsked() {
        World world = new World()
                .account("team/one")
                .account("team/two")
                .subscription("team/one", "shop", "{domain: shop.example.com}")
                .subscription("team/two", "shop2", "{domain: shop.example.com}");

        assertGranted(world.askFor("team", "{dnsNames: [shop.example.com], accountRef: {name: two}}"), "two", "shop2");
    }

    @Test
    void anAccountElsewhereMustBeNamedMustAllowTheNamespaceAndItsSubscriptionMustGrantTheName() {
        String named = "{dnsNames: [shop.example.com], accountRef: {name: acme, namespace: owner}}";
        World closed = new World()
                .account("owner/acme")
                .subscription("owner/acme", "shop", "{domain: shop.example.com, grants: [{namespaces: {from: All}}]}");
        World ungranted = new World()
                .account("owner/acme", "{allowedNamespaces: {from: All}}")
                .subscription("owner/acme", "shop", "{domain: shop.example.com}");
        World open = new World()
                .account("owner/acme", "{allowedNamespaces: {from: All}}")
                .subscription("owner/acme", "shop", "{domain: shop.example.com, grants: [{namespaces: {from: All}}]}");

        assertThat(denied(closed.askFor("team", named)).reason()).isEqualTo(Reason.NamespaceNotAllowed);
        assertThat(denied(closed.askFor("team", named)).message())
                .startsWith("CaaSAccount owner/acme does not allow namespace team");
        assertThat(denied(ungranted.askFor("team", named)).reason()).isEqualTo(Reason.NamespaceNotAllowed);
        assertThat(denied(ungranted.askFor("team", named)).message())
                .startsWith("shop.example.com: DomainSubscription owner/shop does not grant it to namespace team");
        assertGranted(open.askFor("team", named), "acme", "shop");
        assertThat(denied(open.ask("team", "shop.example.com")).reason()).isEqualTo(Reason.AccountNotReady);
    }

    @Test
    void theDefaultAccountServesWhatNoOwnAccountCovers() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com}")
                .account("caas/shared", "{allowedNamespaces: {from: All}}")
                .subscription(
                        "caas/shared",
                        "zone",
                        "{domain: example.com, coversSubdomains: true, grants: [{namespaces: {from: All}}]}")
                .defaultAccount("caas/shared");

        assertGranted(world.ask("team", "shop.example.com"), "acme", "shop");
        assertGranted(world.ask("team", "www.example.com"), "shared", "zone");
        assertGranted(world.ask("team", "shop.example.com", "www.example.com"), "shared", "zone");
        assertGranted(world.ask("elsewhere", "www.example.com"), "shared", "zone");
    }

    @Test
    void theDefaultAccountMustAllowTheNamespaceToo() {
        World world = new World()
                .account("caas/shared")
                .subscription("caas/shared", "www", "{domain: www.example.com, grants: [{namespaces: {from: All}}]}")
                .defaultAccount("caas/shared");

        assertThat(denied(world.ask("team", "www.example.com")).reason()).isEqualTo(Reason.NamespaceNotAllowed);
    }

    @Test
    void aDefaultAccountThatIsNotOpenToTheNamespaceDoesNotSpeakForTheOwnOne() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com}")
                .account("caas/shared")
                .subscription("caas/shared", "zone", "{domain: example.com, coversSubdomains: true}")
                .defaultAccount("caas/shared");

        Denied denied = denied(world.ask("team", "shop.example.com", "www.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.NotSubscribed);
        assertThat(denied.message()).contains("CaaSAccount team/acme").doesNotContain("caas/shared");
    }

    @Test
    void severalOwnAccountsThatCoverEverythingAreAmbiguous() {
        World world = new World()
                .account("team/two")
                .account("team/one")
                .subscription("team/one", "a", "{domain: shop.example.com}")
                .subscription("team/two", "b", "{domain: shop.example.com}");

        Denied denied = denied(world.ask("team", "shop.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.AmbiguousAccount);
        assertThat(denied.message())
                .isEqualTo("CaaSAccounts one, two each cover every name;"
                        + " set spec.accountRef.name to the one to issue under");
    }

    @Test
    void aSuspendedAccountIsNotSteppedAround() {
        World world = new World()
                .account("team/acme", "{state: Suspended}")
                .subscription("team/acme", "www", "{domain: www.example.com}")
                .account("caas/shared", "{allowedNamespaces: {from: All}}")
                .subscription("caas/shared", "www", "{domain: www.example.com, grants: [{namespaces: {from: All}}]}")
                .defaultAccount("caas/shared");

        Denied denied = denied(world.ask("team", "www.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.Suspended);
        assertThat(denied.message())
                .isEqualTo("CaaSAccount team/acme is suspended; set its spec.state to Active to go on");
    }

    @Test
    void theAccountThatRefusesTheFewestNamesExplains() {
        World world = new World()
                .account("team/far")
                .account("team/near")
                .subscription("team/near", "a", "{domain: a.example.com}")
                .subscription("team/near", "b", "{domain: b.example.com}");

        Denied denied = denied(world.ask("team", "a.example.com", "b.example.com", "c.example.com"));

        assertThat(denied.names()).extracting(NameDenial::name).containsExactly("c.example.com");
        assertThat(denied.message()).contains("CaaSAccount team/near");
    }

    @Test
    void anUnregisteredAccountOrdersNothingAndSaysWhy() {
        World world = new World()
                .unregistered("team/acme", "Secret acme-eab does not exist; create it")
                .subscription("team/acme", "shop", "{domain: shop.example.com}");

        Denied denied = denied(world.ask("team", "shop.example.com"));

        assertThat(denied.reason()).isEqualTo(Reason.AccountNotReady);
        assertThat(denied.message())
                .isEqualTo(
                        "CaaSAccount team/acme is not registered at its CA: Secret acme-eab does not exist; create it");
    }

    @Test
    void anExpiredTermOrdersNothingFromItsLastMomentOn() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        assertThat(world.termEnds("team/acme", NOW.plusNanos(1)).ask("team", "shop.example.com"))
                .isInstanceOf(Granted.class);
        assertThat(denied(world.termEnds("team/acme", NOW).ask("team", "shop.example.com"))
                        .reason())
                .isEqualTo(Reason.SubscriptionExpired);
    }

    @Test
    void everyInvalidNameIsReportedBeforeAnyAccountIsAsked() {
        Denied denied = denied(new World().ask("team", "good.example.com", "b_d.example.com", "*.co.uk", "co.uk"));

        assertThat(denied.reason()).isEqualTo(Reason.InvalidSpec);
        assertThat(denied.names())
                .extracting(NameDenial::name, NameDenial::reason)
                .containsExactly(
                        tuple("b_d.example.com", Reason.InvalidSpec),
                        tuple("*.co.uk", Reason.InvalidSpec),
                        tuple("co.uk", Reason.InvalidSpec));
        assertThat(denied.message()).contains("label 1 has '_'").contains("*.co.uk: is a public suffix");
    }

    @Test
    void aDurationThatIsNoneIsInvalid() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        for (String duration : List.of("0s", "1d", "99999999999h")) {
            Denied denied = denied(world.askFor("team", "{dnsNames: [shop.example.com], duration: " + duration + "}"));
            assertThat(denied.reason()).isEqualTo(Reason.InvalidSpec);
            assertThat(denied.message()).startsWith("spec.duration '" + duration + "' is ");
        }
    }

    @Test
    void theOverallReasonIsTheEarliestCheckThatFailed() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "a", "{domain: a.example.com, policy: {privateKeyAlgorithms: [RSA-2048]}}")
                .subscription("team/acme", "b", "{domain: b.example.com, state: Suspended}");

        assertThat(denied(world.ask("team", "a.example.com")).reason()).isEqualTo(Reason.PolicyDenied);
        assertThat(denied(world.ask("team", "a.example.com", "b.example.com")).reason())
                .isEqualTo(Reason.Suspended);
        assertThat(denied(world.ask("team", "a.example.com", "b.example.com", "c.example.com"))
                        .reason())
                .isEqualTo(Reason.NotSubscribed);
    }

    @Test
    void aHundredRefusedNamesMakeAShortMessage() {
        String[] names = IntStream.range(0, 100)
                .mapToObj(i -> "n" + i + "." + "x".repeat(60) + ".example.com")
                .toArray(String[]::new);

        Denied denied = denied(new World().account("team/acme").ask("team", names));

        assertThat(denied.names()).hasSize(100);
        assertThat(denied.message())
                .hasSizeLessThanOrEqualTo(1000)
                .startsWith("n0.")
                .endsWith("; and 97 more");
    }

    @Test
    void wantedNamesAreNormalisedSortedAndOnceEach() throws Exception {
        ManagedCertificateSpec spec = Serialization.unmarshal(
                "dnsNames: [www.Example.com, 'bücher.example', '*.example.com', www.example.com.]",
                ManagedCertificateSpec.class);
        ManagedCertificateSpec bad =
                Serialization.unmarshal("dnsNames: [a_b.example.com]", ManagedCertificateSpec.class);

        assertThat(Entitlement.wantedNames(spec))
                .containsExactly("*.example.com", "www.example.com", "xn--bcher-kva.example");
        assertThatThrownBy(() -> Entitlement.wantedNames(bad)).isInstanceOf(InvalidNameException.class);
    }

    @Test
    void aCommonNameIsMeasuredAsItIsInTheCertificate() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "all", "{domain: example.com, coversSubdomains: true}");
        String label = "\u00fc".repeat(50);
        String name = label + ".example.com";

        Verdict verdict = world.askFor("team", "{dnsNames: ['" + name + "'], commonName: '" + name + "'}");

        assertThat(verdict).isInstanceOf(Denied.class);
        assertThat(((Denied) verdict).reason()).isEqualTo(Reason.InvalidSpec);
        assertThat(((Denied) verdict).message()).contains("spec.commonName", "a common name at most 64");
    }

    @Test
    void namesAndAddressesAreGrantedEachByItsOwnSubscription() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com}")
                .subscription("team/acme", "front", "{domain: '2001:DB8:0::1'}");

        Verdict verdict =
                world.askFor("team", "{dnsNames: [shop.example.com], ipAddresses: ['2001:db8::1', '2001:db8:0:0::1']}");

        assertGranted(verdict, "acme", "shop", "front");
        assertThat(((Granted) verdict).byName()).containsOnlyKeys("shop.example.com", "2001:db8::1");
        assertGranted(world.askFor("team", "{ipAddresses: ['2001:db8::1']}"), "acme", "front");
    }

    @Test
    void anAddressThatIsNotSubscribedIsNamed() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: example.com}");

        assertThat(denied(world.askFor("team", "{ipAddresses: [192.0.2.1]}")).message())
                .isEqualTo("192.0.2.1: no DomainSubscription of CaaSAccount team/acme covers it; subscribe 192.0.2.1");
    }

    @Test
    void whatIsNoAddressIsNamed() {
        World world = new World().account("team/acme");

        Denied denied = denied(world.askFor("team", "{ipAddresses: [192.0.2.1, www.example.com]}"));

        assertThat(denied.reason()).isEqualTo(Reason.InvalidSpec);
        assertThat(denied.message()).startsWith("www.example.com: is no IP address; write one such as");
        assertThat(denied(world.askFor("team", "{}")).message())
                .contains("spec.dnsNames and spec.ipAddresses are empty");
    }

    private static void assertGranted(Verdict verdict, String account, String... subscriptions) {
        assertThat(verdict).asInstanceOf(type(Granted.class)).satisfies(granted -> {
            assertThat(granted.account().getMetadata().getName()).isEqualTo(account);
            assertThat(granted.subscriptions())
                    .extracting((DomainSubscription used) -> used.getMetadata().getName())
                    .containsExactly(subscriptions);
        });
    }

    private static Denied denied(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Denied.class);
        return (Denied) verdict;
    }
}
