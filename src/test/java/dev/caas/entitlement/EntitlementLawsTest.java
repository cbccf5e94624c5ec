package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;

/** What holds in every world; worlds are small, so that names, zones and namespaces collide often. */
class EntitlementLawsTest {
    private static final String OWN = "team";
    private static final String ELSEWHERE = "owner";

    /** A subscription of the account with this number: 0 and 1 are in the own namespace, 2 is the default, elsewhere. */
    record Sub(
            int account, String domain, boolean coversSubdomains, boolean suspended, boolean inLedger, String grants) {
        Sub suspend() {
            return new Sub(account, domain, coversSubdomains, true, inLedger, grants);
        }

        Sub ungranted() {
            return new Sub(2, domain, coversSubdomains, suspended, inLedger, "[{namespaces: {from: Same}}]");
        }

        Sub of(int other) {
            return new Sub(other, domain, coversSubdomains, suspended, inLedger, grants);
        }

        String spec() {
            return "{domain: '" + domain + "', coversSubdomains: " + coversSubdomains + ", grants: " + grants
                    + ", state: " + (suspended ? "Suspended" : "Active") + "}";
        }
    }

    @Property(tries = 300)
    void withoutASubscriptionNothingIsGranted(@ForAll("names") List<String> names) {
        assertThat(world(List.of(), false).ask(OWN, array(names))).isInstanceOf(Denied.class);
    }

    @Property(tries = 500)
    void whatIsGrantedIsSubscribedActiveAndGrantedToTheNamespace(
            @ForAll("subs") List<Sub> subs, @ForAll("names") List<String> names) throws Exception {
        Verdict verdict = world(subs, false).ask(OWN, array(names));

        Statistics.collect(verdict instanceof Granted ? "granted" : ((Denied) verdict).reason());
        if (verdict instanceof Granted granted) {
            var account = granted.account();
            var used = granted.subscriptions();
            assertThat(used).doesNotHaveDuplicates().allSatisfy(subscription -> {
                assertThat(subscription.getSpec().state()).isEqualTo(DomainSubscriptionSpec.State.Active);
                assertThat(subscription.getMetadata().getNamespace())
                        .isEqualTo(account.getMetadata().getNamespace());
                assertThat(subs.get(Integer.parseInt(subscription.getMetadata().getName()))
                                .inLedger())
                        .isTrue();
            });
            for (String name : names) {
                assertThat(used).anyMatch(subscription -> covers(subscription, name));
            }
        }
    }

    @Property(tries = 300)
    void oneMoreSubscriptionOfTheNamedAccountTakesNothingAway(
            @ForAll("subs") List<Sub> subs, @ForAll("sub") Sub more, @ForAll("names") List<String> names) {
        List<Sub> ofOne = subs.stream().map(sub -> sub.of(0)).toList();
        List<Sub> grown = new ArrayList<>(ofOne);
        grown.add(more.of(0));
        String named = "{accountRef: {name: a0}, dnsNames: ['" + String.join("', '", names) + "']}";

        if (world(ofOne, false).askFor(OWN, named) instanceof Granted) {
            assertThat(world(grown, false).askFor(OWN, named)).isInstanceOf(Granted.class);
        }
    }

    @Property(tries = 300)
    void suspendingASubscriptionGrantsNothingMore(
            @ForAll("subs") @Size(min = 1) List<Sub> subs, @ForAll int which, @ForAll("names") List<String> names) {
        int chosen = Math.floorMod(which, subs.size());
        List<Sub> fewer = new ArrayList<>(subs);
        fewer.set(chosen, subs.get(chosen).suspend());

        if (world(fewer, false).ask(OWN, array(names)) instanceof Granted) {
            assertThat(world(subs, false).ask(OWN, array(names))).isInstanceOf(Granted.class);
        }
    }

    @Property(tries = 300)
    void suspendingAnAccountGrantsNothingMore(@ForAll("subs") List<Sub> subs, @ForAll("names") List<String> names) {
        if (world(subs, true).ask(OWN, array(names)) instanceof Granted) {
            assertThat(world(subs, false).ask(OWN, array(names))).isInstanceOf(Granted.class);
        }
    }

    @Property(tries = 300)
    void withoutAGrantNothingIsGrantedFromAnotherNamespace(
            @ForAll("subs") List<Sub> subs, @ForAll("names") List<String> names) {
        List<Sub> ungranted = subs.stream().map(Sub::ungranted).toList();
        String named = "{accountRef: {name: a2, namespace: owner}, dnsNames: ['" + String.join("', '", names) + "']}";

        assertThat(world(ungranted, false).askFor(OWN, named)).isInstanceOf(Denied.class);
        assertThat(world(ungranted, false).ask(OWN, array(names))).isInstanceOf(Denied.class);
    }

    @Property(tries = 300)
    void theOrderOfSubscriptionsDoesNotMatter(@ForAll("subs") List<Sub> subs, @ForAll("names") List<String> names) {
        World world = world(subs, false);
        World reversed = world(subs, false);
        for (String id : List.of("team/a0", "team/a1", "owner/a2")) {
            reversed.domains(id, world.standing(id).domains().reversed());
        }

        assertThat(reversed.ask(OWN, array(names)).toString())
                .isEqualTo(world.ask(OWN, array(names)).toString());
    }

    @Property(tries = 500)
    void whateverIsWrittenADenialIsShortAndKnown(@ForAll List<String> names, @ForAll("subs") List<Sub> subs) {
        ManagedCertificate certificate = new ManagedCertificate();
        certificate.getMetadata().setNamespace(OWN);
        certificate.setSpec(
                Serialization.unmarshal(Serialization.asJson(Map.of("dnsNames", names)), ManagedCertificateSpec.class));

        assertThatCode(() -> {
                    Verdict verdict = world(subs, false).decide(certificate);
                    if (verdict instanceof Denied denied) {
                        assertThat(denied.message()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
                        assertThat(Denied.CHECKS).contains(denied.reason());
                    }
                })
                .doesNotThrowAnyException();
    }

    private static World world(List<Sub> subs, boolean suspended) {
        World world = new World()
                .account("team/a0", suspended ? "{state: Suspended}" : World.ACTIVE)
                .account("team/a1")
                .account("owner/a2", "{allowedNamespaces: {from: All}}")
                .defaultAccount("owner/a2")
                .namespace(OWN, Map.of("tier", "front"));
        for (int i = 0; i < subs.size(); i++) {
            Sub sub = subs.get(i);
            String account = (sub.account < 2 ? OWN : ELSEWHERE) + "/a" + sub.account;
            world.subscription(account, String.valueOf(i), sub.spec(), sub.inLedger);
        }
        return world;
    }

    private static boolean covers(DomainSubscription subscription, String name) {
        DomainSubscriptionSpec spec = subscription.getSpec();
        return Coverage.covers(new DomainName(spec.domain()), spec.coversSubdomains(), new DomainName(name));
    }

    private static String[] array(List<String> names) {
        return names.toArray(String[]::new);
    }

    @Provide
    Arbitrary<List<Sub>> subs() {
        return sub().list().ofMaxSize(5);
    }

    @Provide
    Arbitrary<Sub> sub() {
        Arbitrary<String> grants = Arbitraries.of(
                "[]",
                "[{namespaces: {from: All}}]",
                "[{namespaces: {from: All}, names: [a.z.com]}]",
                "[{namespaces: {from: Selector, selector: {matchLabels: {tier: front}}}}]",
                "[{namespaces: {from: Selector, selector: {matchLabels: {tier: back}}}}]");
        return Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of("z.com", "*.z.com", "a.z.com", "*.a.z.com", "b.com"),
                        Arbitraries.of(true, false),
                        Arbitraries.of(false, false, false, true),
                        Arbitraries.of(true, true, true, false),
                        grants)
                .as(Sub::new);
    }

    @Provide
    Arbitrary<List<String>> names() {
        return Arbitraries.of("z.com", "*.z.com", "a.z.com", "*.a.z.com", "b.a.z.com", "b.com")
                .list()
                .ofMinSize(1)
                .ofMaxSize(2)
                .uniqueElements();
    }
}
