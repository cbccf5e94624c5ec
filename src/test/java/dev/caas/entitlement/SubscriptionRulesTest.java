package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.Reason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one subscription allows: active, granted, within policy. */
class SubscriptionRulesTest {
    @Test
    void aSubscriptionTheLedgerDoesNotHaveAllowsNothingYet() {
        World world =
                new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}", false);

        assertRefused(
                world.ask("team", "shop.example.com"),
                Reason.Pending,
                "DomainSubscription team/shop is not active yet; its status says what it waits for");
    }

    @Test
    void aSuspendedSubscriptionAllowsNothing() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com, state: Suspended}");

        assertRefused(
                world.ask("team", "shop.example.com"),
                Reason.Suspended,
                "DomainSubscription team/shop is suspended; set its spec.state to Active to go on");
    }

    @Test
    void oneSubscriptionThatAllowsIsEnoughAndElseTheClosestRefusalIsTold() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "pending", "{domain: shop.example.com}", false)
                .subscription("team/acme", "zone", "{domain: example.com, coversSubdomains: true, state: Suspended}");

        assertThat(denial(world.ask("team", "shop.example.com")).reason()).isEqualTo(Reason.Suspended);
        world.subscription("team/acme", "same", "{domain: shop.example.com}");
        assertThat(world.ask("team", "shop.example.com")).isInstanceOf(Granted.class);
    }

    @Test
    void aDomainThatIsNoneOrAPublicSuffixCoversNothing() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "bad", "{domain: 'exa_mple.com', coversSubdomains: true}")
                .subscription("team/acme", "com", "{domain: '*.com', coversSubdomains: true}")
                .subscription("team/acme", "co-uk", "{domain: co.uk, coversSubdomains: true}");

        assertThat(denial(world.ask("team", "example.com")).reason()).isEqualTo(Reason.NotSubscribed);
        assertThat(denial(world.ask("team", "example.co.uk")).reason()).isEqualTo(Reason.NotSubscribed);
    }

    /** What the declaration would have made by itself says nothing about a key that is given. */
    @Test
    void thePolicyJudgesTheKeyOfAGivenRequest() {
        World world = new World()
                .account("team/acme")
                .subscription(
                        "team/acme",
                        "shop",
                        "{domain: shop.example.com, policy: {privateKeyAlgorithms: [ECDSA-P256]}}");
        String spec = "{dnsNames: [shop.example.com]}";

        assertThat(world.askFor("team", spec)).isInstanceOf(Granted.class);
        assertThat(world.askFor("team", spec, KeyAlgorithm.ECDSA_P256)).isInstanceOf(Granted.class);
        assertThat(denial(world.askFor("team", spec, KeyAlgorithm.RSA_2048)).reason())
                .isEqualTo(Reason.PolicyDenied);
    }

    @Test
    void aSubscriptionOfAnotherAccountIsIgnored() {
        List<SubscribedDomain> others = new World()
                .account("team/other")
                .subscription("team/other", "shop", "{domain: shop.example.com}")
                .standing("team/other")
                .domains();

        World world = new World().account("team/acme").domains("team/acme", others);

        assertThat(denial(world.ask("team", "shop.example.com")).reason()).isEqualTo(Reason.NotSubscribed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{namespaces: {from: All}}                                                              | true",
                "{namespaces: {from: Same}}                                                             | false",
                "{namespaces: {from: Selector}}                                                         | false",
                "{namespaces: {from: Selector, selector: {}}}                                           | true",
                "{namespaces: {from: Selector, selector: {matchLabels: {tier: front}}}}                 | true",
                "{namespaces: {from: Selector, selector: {matchLabels: {tier: back}}}}                  | false",
                "{namespaces: {from: Selector, selector: {matchLabels: {tier: front, other: x}}}}       | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: In, values: [back, front]}]}}} | true",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: In, values: [back]}]}}}        | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: other, operator: In, values: [x]}]}}}          | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}}}     | true",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}}}    | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: other, operator: NotIn, values: [x]}]}}}       | true",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: Exists}]}}}                    | true",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: other, operator: Exists}]}}}                   | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}}              | false",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: other, operator: DoesNotExist}]}}}             | true",
                "{namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: Near, values: [front]}]}}}     | false",
                "{namespaces: {from: Selector, selector: {matchLabels: {tier: front}, matchExpressions: [{key: tier, operator: DoesNotExist}]}}} | false",
                "{namespaces: {from: All}, names: [shop.example.com]}                                   | true",
                "{namespaces: {from: All}, names: [SHOP.example.com.]}                                  | true",
                "{namespaces: {from: All}, names: [www.example.com]}                                    | false",
                "{namespaces: {from: All}, names: ['*.example.com']}                                    | false",
                "{namespaces: {from: All}, names: [example.com]}                                        | false",
                "{namespaces: {from: All}, names: ['a_b']}                                              | false",
                "{namespaces: {from: Same}, names: [shop.example.com]}                                  | false"
            })
    void anotherNamespaceNeedsAGrant(String grant, boolean granted) {
        World world = new World()
                .account("owner/acme", "{allowedNamespaces: {from: All}}")
                .subscription(
                        "owner/acme", "zone", "{domain: example.com, coversSubdomains: true, grants: [" + grant + "]}")
                .namespace("team", Map.of("tier", "front"));

        Verdict verdict =
                world.askFor("team", "{dnsNames: [shop.example.com], accountRef: {name: acme, namespace: owner}}");

        assertThat(verdict).isInstanceOf(granted ? Granted.class : Denied.class);
        assertThat(world.ask("owner", "shop.example.com")).isInstanceOf(Granted.class);
    }

    @Test
    void aWildcardIsGrantedByItsOwnSpellingOnly() {
        World world = new World()
                .account("owner/acme", "{allowedNamespaces: {from: All}}")
                .subscription(
                        "owner/acme",
                        "zone",
                        "{domain: example.com, coversSubdomains: true, grants: [{namespaces: {from: All}, names: ['*.example.com']}]}")
                .defaultAccount("owner/acme");

        assertThat(world.ask("team", "*.example.com")).isInstanceOf(Granted.class);
        assertRefused(
                world.ask("team", "shop.example.com"),
                Reason.NamespaceNotAllowed,
                "DomainSubscription owner/zone does not grant it to namespace team; add that to its spec.grants");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                            | {}                                       | ",
                "{privateKeyAlgorithms: [ECDSA-P256]}          | {}                                       | ",
                "{privateKeyAlgorithms: [ECDSA-P384, Ed25519]} | {}                                       | does not allow private key ECDSA-P256; use ECDSA-P384 or Ed25519",
                "{privateKeyAlgorithms: [RSA-4096]}            | {privateKey: {algorithm: RSA, size: 4096}} | ",
                "{privateKeyAlgorithms: [RSA-4096]}            | {privateKey: {algorithm: RSA}}           | does not allow private key RSA-2048; use RSA-4096",
                "{maxDuration: 720h}                           | {}                                       | ",
                "{maxDuration: 720h}                           | {duration: 720h}                         | ",
                "{maxDuration: 720h}                           | {duration: 720h1s}                       | allows a duration of 720h at most; lower spec.duration, or leave it out",
                "{}                                            | {duration: 2160h}                        | ",
                "{}                                            | {duration: 2161h}                        | allows a duration of 2160h at most; lower spec.duration, or leave it out",
                "{maxDuration: 30d}                            | {}                                       | ",
                "{maxDuration: 30d}                            | {duration: 1h}                           | has a policy.maxDuration that cannot be read: '30d' is no duration",
                "{profiles: [tlsserver]}                       | {profile: tlsserver}                     | ",
                "{profiles: [tlsserver, short]}                | {profile: classic}                       | does not allow profile classic; set spec.profile to tlsserver or short",
                "{profiles: [tlsserver]}                       | {}                                       | allows named profiles only; set spec.profile to tlsserver",
                "{challengeTypes: [dns-01]}                    | {}                                       | ",
                "{challengeTypes: [http-01, dns-01]}           | {}                                       | ",
                "{challengeTypes: [http-01]}                   | {}                                       | ",
                "{profiles: [p], privateKeyAlgorithms: [RSA-2048]} | {}                                   | does not allow private key ECDSA-P256; use RSA-2048, and it allows named profiles only; set spec.profile to p"
            })
    void policyBoundsWhatIsAskedFor(String policy, String spec, String violation) {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com, policy: " + policy + "}");

        String rest = spec.equals("{}") ? "}" : ", " + spec.substring(1);
        Verdict verdict = world.askFor("team", "{dnsNames: [shop.example.com]" + rest);

        if (violation == null) {
            assertThat(verdict).isInstanceOf(Granted.class);
        } else {
            assertThat(denial(verdict).reason()).isEqualTo(Reason.PolicyDenied);
            assertThat(denial(verdict).message()).startsWith("DomainSubscription team/shop " + violation);
        }
    }

    @Test
    void withoutAPolicyNinetyDaysAreTheMost() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        assertThat(world.askFor("team", "{dnsNames: [shop.example.com], duration: 2160h}"))
                .isInstanceOf(Granted.class);
        assertThat(denial(world.askFor("team", "{dnsNames: [shop.example.com], duration: 2160h1s}"))
                        .reason())
                .isEqualTo(Reason.PolicyDenied);
    }

    @Test
    void aCertificateWithoutAProfileHasTheAccounts() {
        World world = new World()
                .account("team/acme", "{profile: tlsserver}")
                .subscription("team/acme", "shop", "{domain: shop.example.com, policy: {profiles: [tlsserver]}}");

        assertThat(world.ask("team", "shop.example.com")).isInstanceOf(Granted.class);
        assertThat(denial(world.askFor("team", "{dnsNames: [shop.example.com], profile: classic}"))
                        .reason())
                .isEqualTo(Reason.PolicyDenied);
    }

    @Test
    void aWildcardNeedsDns01() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "wild", "{domain: '*.example.com', policy: {challengeTypes: [http-01]}}");

        assertRefused(
                world.ask("team", "*.example.com"),
                Reason.PolicyDenied,
                "DomainSubscription team/wild does not allow dns-01, and a wildcard can only be proven by dns-01;"
                        + " add dns-01 to its policy.challengeTypes");
    }

    @Test
    void aPolicyThatNoSolverCanMeetIsSaid() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "shop", "{domain: shop.example.com, policy: {challengeTypes: [http-01]}}");
        String dns = "{dns01: {rfc2136: {nameserver: ns, tsigKeyName: k, tsigSecretRef: {name: s, key: k}}}}";

        assertThat(denial(world.askFor("team", "{dnsNames: [shop.example.com], solvers: [" + dns + "]}"))
                        .message())
                .isEqualTo(
                        "DomainSubscription team/shop allows http-01 only, and every solver is for dns-01; add a solver,"
                                + " or add dns-01 to its policy.challengeTypes");
        assertThat(world.askFor(
                        "team", "{dnsNames: [shop.example.com], solvers: [" + dns + ", {http01: {ingress: {}}}]}"))
                .isInstanceOf(Granted.class);
    }

    @Test
    void withoutAnyPolicyNinetyDaysAreTheMost() {
        World world = new World().account("team/acme").subscription("team/acme", "shop", "{domain: shop.example.com}");

        assertThat(world.askFor("team", "{dnsNames: [shop.example.com], duration: 2160h}"))
                .isInstanceOf(Granted.class);
        assertRefused(
                world.askFor("team", "{dnsNames: [shop.example.com], duration: 2160h1s}"),
                Reason.PolicyDenied,
                "DomainSubscription team/shop allows a duration of 2160h at most; lower spec.duration, or leave it out");
    }

    @Test
    void anAddressIsGrantedInAnySpelling() {
        World world = new World()
                .account("platform/acme", "{allowedNamespaces: {from: All}}")
                .subscription(
                        "platform/acme",
                        "front",
                        "{domain: '2001:db8::1', grants: [{namespaces: {from: All}, names: ['2001:DB8::0:1']}]}")
                .subscription(
                        "platform/acme",
                        "other",
                        "{domain: 192.0.2.1, grants: [{namespaces: {from: All}, names: [192.0.2.2]}]}");
        String account = "accountRef: {name: acme, namespace: platform}";

        assertThat(world.askFor("team", "{ipAddresses: ['2001:db8::1'], " + account + "}"))
                .isInstanceOf(Granted.class);
        assertThat(denial(world.askFor("team", "{ipAddresses: [192.0.2.1], " + account + "}"))
                        .reason())
                .isEqualTo(Reason.NamespaceNotAllowed);
    }

    @Test
    void anAddressIsNotGrantedWhereHttpMayNotProveIt() {
        World world = new World()
                .account("team/acme")
                .subscription("team/acme", "front", "{domain: 192.0.2.1, policy: {challengeTypes: [dns-01]}}");

        assertRefused(
                world.askFor("team", "{ipAddresses: [192.0.2.1]}"),
                Reason.PolicyDenied,
                "DomainSubscription team/front does not allow http-01, and an IP address can only be proven by http-01;"
                        + " add http-01 to its policy.challengeTypes");
    }

    private static void assertRefused(Verdict verdict, Reason reason, String message) {
        assertThat(denial(verdict))
                .extracting(NameDenial::reason, NameDenial::message)
                .containsExactly(reason, message);
    }

    private static NameDenial denial(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Denied.class);
        return ((Denied) verdict).names().getFirst();
    }
}
