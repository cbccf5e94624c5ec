package dev.caas.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Stage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server itself refuses, and whether it says so that a person knows what to write instead. */
@ExtendWith(CaasExtension.class)
class AdmissionIT {
    private static final String SERVER = "https://127.0.0.1:1/directory";

    private static ApiServer server;
    private static String namespace;

    @BeforeAll
    static void namespace(Stage stage) {
        server = new ApiServer(stage.client());
        namespace = stage.namespace("admission");
    }

    @AfterAll
    static void end(Stage stage) {
        stage.client().namespaces().withName(namespace).delete();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dnsNames: [www.example.com]",
                "dnsNames: ['*.example.com', example.com, bücher.example, xn--bcher-kva.example]",
                "dnsNames: [www.example.com], commonName: www.example.com",
                "ipAddresses: [192.0.2.1, '2001:db8::1']",
                "dnsNames: [www.example.com], ipAddresses: ['2001:DB8:0::1'], preferredChain: Some Root",
                "dnsNames: [www.example.com], privateKey: {size: 384}",
                "dnsNames: [www.example.com], privateKey: {algorithm: RSA, size: 4096}",
                "dnsNames: [www.example.com], privateKey: {algorithm: Ed25519}",
                "dnsNames: [www.example.com], duration: 720h30m, renewBeforePercentage: 50, profile: short",
                "dnsNames: [www.example.com], accountRef: {name: a, namespace: b}, suspend: true",
                "dnsNames: [www.example.com], additionalOutputFormats: [DER, CombinedPEM], adoptExistingSecret: true",
                "dnsNames: [www.example.com], privateKey: {algorithm: RSA, encoding: Traditional, rotationPolicy: Never}",
                "dnsNames: [www.example.com], keystores: {jks: {passwordSecretRef: {name: a, key: b}}}",
                "dnsNames: [www.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', additionalOutputFormats: []",
                "dnsNames: [www.example.com], secretTemplate: {labels: {a: '', example.com/b: C.d}, annotations: {a: 'b c'}}",
            })
    void takesCertificate(String spec) {
        server.check(certificate("fine", spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            dnsNames: [https://example.com]                                      | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: [www.example.com/path]                                     | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: ['www.example.com:443']                                    | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: [me@example.com]                                           | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: [www example com]                                          | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: [www..example.com]                                         | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: ['www.*.example.com']                                      | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: ['*.*.example.com']                                        | spec.dnsNames: Invalid value: must be DNS names
            dnsNames: ['']                                                       | spec.dnsNames[0] in body should be at least 1 chars long
            dnsNames: []                                                         | spec: Invalid value: must name what the certificate is for
            suspend: true                                                        | spec: Invalid value: must name what the certificate is for
            dnsNames: [], ipAddresses: []                                        | spec: Invalid value: must name what the certificate is for
            ipAddresses: [www.example.com]                                       | spec.ipAddresses: Invalid value: must be IP addresses
            ipAddresses: ['[2001:db8::1]']                                       | spec.ipAddresses: Invalid value: must be IP addresses
            ipAddresses: ['fe80::1%eth0']                                        | spec.ipAddresses: Invalid value: must be IP addresses
            ipAddresses: ['192.0.2.1:443']                                       | spec.ipAddresses: Invalid value: must be IP addresses
            ipAddresses: [192.0.2.0/24]                                          | spec.ipAddresses: Invalid value: must be IP addresses
            ipAddresses: [192.0.2.1], commonName: 192.0.2.1                      | spec.commonName: Invalid value: must be one of dnsNames
            dnsNames: [a.example.com, b.example.com, A.example.com]              | spec.dnsNames: Invalid value: must not name a name twice
            dnsNames: [a.example.com], commonName: b.example.com                 | spec.commonName: Invalid value: must be one of dnsNames
            dnsNames: [a.example.com], privateKey: {size: 1024}                  | spec.privateKey.size: Invalid value: must be 256 or 384 for ECDSA
            dnsNames: [a.example.com], privateKey: {algorithm: RSA, size: 1024}  | 2048, 3072 or 4096 for RSA
            dnsNames: [a.example.com], privateKey: {algorithm: Ed25519, size: 1} | absent for Ed25519
            dnsNames: [a.example.com], privateKey: {algorithm: DSA}              | supported values: "ECDSA", "Ed25519", "RSA"
            dnsNames: [a.example.com], duration: 90d                             | spec.duration in body should match
            dnsNames: [a.example.com], renewBeforePercentage: 100                | spec.renewBeforePercentage in body should be less than or equal to 99
            dnsNames: [a.example.com], accountRef: {namespace: b}                | spec.accountRef.name: Required value
            dnsNames: [a.example.com], solvers: [{selector: {}}]                 | spec.solvers[0]: Invalid value: must have one of http01 and dns01
            dnsNames: [a.example.com], additionalOutputFormats: [JKS]            | supported values: "CombinedPEM", "DER"
            dnsNames: [a.example.com], additionalOutputFormats: [DER, DER]       | spec.additionalOutputFormats: Invalid value: must not name a format twice
            dnsNames: [a.example.com], dnsName: b.example.com                    | unknown field "spec.dnsName"
            dnsNames: [a.example.com], privateKey: {bits: 2048}                  | unknown field "spec.privateKey.bits"
            dnsNames: [a.example.com], privateKey: {algorithm: Ed25519, encoding: Traditional} | spec.privateKey.encoding: Invalid value: must be PKCS8 for Ed25519
            dnsNames: [a.example.com], csr: LS0tLS1CRUdJTg==                     | spec.csr in body should match
            dnsNames: [a.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', privateKey: {} | spec.privateKey: Invalid value: is not for use with csr
            dnsNames: [a.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', commonName: a.example.com | spec.commonName: Invalid value: is not for use with csr
            dnsNames: [a.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', additionalOutputFormats: [DER] | spec.additionalOutputFormats: Invalid value: hold the private key
            dnsNames: [a.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', keystores: {} | spec.keystores: Invalid value: hold the private key
            dnsNames: [a.example.com], csr: '-----BEGIN CERTIFICATE REQUEST-----', adoptExistingSecret: true | spec.adoptExistingSecret: Invalid value: takes over kubernetes.io/tls Secrets
            dnsNames: [a.example.com], keystores: {jks: {alias: a}}              | spec.keystores.jks.passwordSecretRef: Required value
            dnsNames: [a.example.com], secretTemplate: {labels: {caas.dev/role: a}} | spec.secretTemplate.labels: Invalid value: must not be under caas.dev/
            dnsNames: [a.example.com], secretTemplate: {labels: {app.kubernetes.io/managed-by: a}} | spec.secretTemplate.labels: Invalid value: must not be under caas.dev/
            dnsNames: [a.example.com], secretTemplate: {annotations: {caas.dev/issued-at: a}} | spec.secretTemplate.annotations: Invalid value: must not be under caas.dev/
            dnsNames: [a.example.com], secretTemplate: {labels: {team: a b}}     | spec.secretTemplate.labels: Invalid value: must be labels as Kubernetes takes them
            dnsNames: [a.example.com], secretTemplate: {annotations: {a b: c}}   | spec.secretTemplate.annotations: Invalid value: must have keys as Kubernetes takes them
            """)
    void refusesCertificate(String spec, String message) {
        assertThat(server.refusal(certificate("nonsense", spec))).contains(message);
    }

    @Test
    void takesAHundredNamesAndNoMore() {
        server.check(certificate("many", "dnsNames: [" + names(100) + "]"));
        assertThat(server.refusal(certificate("many", "dnsNames: [" + names(101) + "]")))
                .contains("spec.dnsNames: Too many: 101: must have at most 100 items");
    }

    @Test
    void takesACommonNameOf64CharactersAndNoMore() {
        String longest = "a".repeat(52) + ".example.com";

        server.check(certificate("long", "dnsNames: [" + longest + "], commonName: " + longest));
        assertThat(server.refusal(certificate("long", "dnsNames: [a" + longest + "], commonName: a" + longest)))
                .contains("spec.commonName: Too long");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "termsOfServiceAgreed: true",
                "termsOfServiceAgreed: true, contacts: [pki@example.com], term: {initialYears: 3, paidThrough: '2028-02-29'}",
                "termsOfServiceAgreed: true, allowedNamespaces: {from: All}, concurrentOrders: 1000, state: Suspended",
                "termsOfServiceAgreed: true, allowedNamespaces: {from: Selector, selector: {matchLabels: {a: b}}}",
                "termsOfServiceAgreed: true, privateKeyAlgorithm: RSA-3072, rollKeyCreatedBefore: '2026-11-22T00:00:00Z', deletionPolicy: Deactivate",
            })
    void takesAccount(String spec) {
        server.check(account("fine", SERVER, spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            termsOfServiceAgreed: false                                                      | spec.termsOfServiceAgreed: Invalid value: must be true
            state: Active                                                                    | spec.termsOfServiceAgreed: Required value
            termsOfServiceAgreed: true, state: Paused                                        | supported values: "Active", "Deactivated", "Suspended"
            termsOfServiceAgreed: true, privateKeyAlgorithm: Ed25519                         | spec.privateKeyAlgorithm: Invalid value: must be an ECDSA or RSA key
            termsOfServiceAgreed: true, term: {initialYears: 4}                              | spec.term.initialYears in body should be less than or equal to 3
            termsOfServiceAgreed: true, term: {paidThrough: '2027-02-30'}                    | spec.term.paidThrough in body must be of type date
            termsOfServiceAgreed: true, term: {paidThrough: '01.02.2027'}                    | spec.term.paidThrough in body must be of type date
            termsOfServiceAgreed: true, contacts: ['mailto:pki@example.com']                 | spec.contacts: Invalid value: must be e-mail addresses, without mailto:
            termsOfServiceAgreed: true, concurrentOrders: 0                                  | spec.concurrentOrders in body should be greater than or equal to 1
            termsOfServiceAgreed: true, caBundle: '-----BEGIN CERTIFICATE-----'              | spec.caBundle in body should match
            termsOfServiceAgreed: true, allowedNamespaces: {selector: {matchLabels: {a: b}}} | spec.allowedNamespaces.selector: Invalid value: is read with from: Selector only
            termsOfServiceAgreed: true, termsOfServiceagreed: true                           | unknown field "spec.termsOfServiceagreed"
            """)
    void refusesAccount(String spec, String message) {
        assertThat(server.refusal(account("nonsense", SERVER, spec))).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://ca.example.com/directory", "ca.example.com/directory", "https:// ca/directory"})
    void refusesAServerThatIsNoHttpsUrl(String url) {
        assertThat(server.refusal(account("nonsense", url, "termsOfServiceAgreed: true")))
                .contains("spec.server: Invalid value: must be an https:// URL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "domain: example.com",
                "domain: '*.example.com', coversSubdomains: true, state: Suspended",
                "domain: 192.0.2.1",
                "domain: '2001:DB8::1', grants: [{namespaces: {from: All}, names: ['2001:db8::1']}]",
                "domain: bücher.example, grants: [{namespaces: {from: All}, names: [a.bücher.example]}]",
                "domain: example.com, grants: [{namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}]",
                "domain: example.com, policy: {challengeTypes: [dns-01], privateKeyAlgorithms: [RSA-3072], maxDuration: 24h}",
            })
    void takesSubscription(String spec) {
        server.check(subscription("fine", "a", spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            domain: '*'                                                    | spec.domain: Invalid value: must be a DNS name
            domain: https://example.com                                    | spec.domain: Invalid value: must be a DNS name
            domain: '2001:db8::/32'                                        | spec.domain: Invalid value: must be a DNS name
            domain: '2001:db8::1', coversSubdomains: true                  | spec.coversSubdomains: Invalid value: must be false where the domain is an IP address
            domain: a b                                                    | spec.domain: Invalid value: must be a DNS name
            state: Active                                                  | spec.domain: Required value
            domain: example.com, grants: [{names: [a.example.com]}]        | spec.grants[0].namespaces: Required value
            domain: example.com, grants: [{namespaces: {}}]                | spec.grants[0].namespaces.from: Invalid value: must be All or Selector
            domain: example.com, policy: {challengeTypes: [tls-sni-01]}    | supported values: "dns-01", "http-01"
            domain: example.com, policy: {privateKeyAlgorithms: [RSA1024]} | supported values: "ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048", "RSA-3072", "RSA-4096"
            domain: example.com, policy: {maxDuration: 1y}                 | spec.policy.maxDuration in body should match
            domain: example.com, coversSubdomain: true                     | unknown field "spec.coversSubdomain"
            """)
    void refusesSubscription(String spec, String message) {
        assertThat(server.refusal(subscription("nonsense", "a", spec))).contains(message);
    }

    @Test
    void anAccountStaysAtItsServerAndWithItsFirstTerm() {
        String agreed = "termsOfServiceAgreed: true";
        server.accept(account("kept", SERVER, agreed));

        assertThat(server.refusalOfChange(account("kept", "https://other.example.com/directory", agreed)))
                .contains("spec.server: Invalid value: is immutable");
        assertThat(server.refusalOfChange(account("kept", SERVER, agreed + ", term: {initialYears: 2}")))
                .contains("spec.term: Invalid value: initialYears is immutable");
        assertThat(server.refusalOfChange(account("kept", SERVER, agreed + ", term: {paidThrough: '2030-01-01'}")))
                .isEqualTo("accepted");
    }

    @Test
    void aSubscriptionStaysWithItsAccountAndDomain() {
        server.accept(subscription("kept", "a", "domain: example.com"));

        assertThat(server.refusalOfChange(subscription("kept", "b", "domain: example.com")))
                .contains("spec.accountRef: Invalid value: is immutable");
        assertThat(server.refusalOfChange(subscription("kept", "a", "domain: example.org")))
                .contains("spec.domain: Invalid value: is immutable");
        assertThat(server.refusalOfChange(subscription("kept", "a", "domain: example.com, state: Suspended")))
                .isEqualTo("accepted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "provider: Local, pricing: {currency: USD, domainYear: '200', wildcardYear: '600.50'}",
                "provider: SectigoCaaS, endpoint: 'https://host/products/!ACMEAdmin', credentialsSecretRef: {name: a}",
                "provider: SectigoSCM, endpoint: 'https://host/api', credentialsSecretRef: {name: a}, organizationId: 1",
                "provider: Local, state: Suspended, confirm: fine",
            })
    void takesPlatform(String spec) {
        server.check(platform("fine", spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            provider: SectigoCaaS, credentialsSecretRef: {name: a}                                       | spec.endpoint: Invalid value: must be the platform's https:// URL
            provider: SectigoCaaS, endpoint: 'http://host/x', credentialsSecretRef: {name: a}            | spec.endpoint: Invalid value: must be the platform's https:// URL
            provider: SectigoCaaS, endpoint: 'https://host/x'                                            | spec.credentialsSecretRef: Invalid value: must name a Secret
            provider: SectigoCaaS, endpoint: 'https://host/x', credentialsSecretRef: {name: a}, organizationId: 1 | spec.organizationId: Invalid value: is the SCM organization
            provider: SectigoSCM, endpoint: 'https://host/x', credentialsSecretRef: {name: a}            | spec.organizationId: Invalid value: is the SCM organization
            provider: SectigoCaaS, endpoint: 'https://host/x', credentialsSecretRef: {name: a}, pricing: {currency: USD, domainYear: '1'} | spec.pricing: Invalid value: is for provider Local only
            provider: Local, endpoint: 'https://host/x'                                                  | spec.endpoint: Invalid value: must be absent for provider Local
            provider: Local, pricing: {currency: usd, domainYear: '1'}                                   | spec.pricing.currency in body should match
            provider: Local, pricing: {currency: USD, domainYear: '1,50'}                                | spec.pricing.domainYear in body should match
            provider: Local, state: Paused                                                               | supported values: "Active", "Deactivated", "Suspended"
            """)
    void refusesPlatform(String spec, String message) {
        assertThat(server.refusal(platform("nonsense", spec))).contains(message);
    }

    @Test
    void aConfirmationIsForOneStateOfThePlatform() {
        var kept = namespace;
        server.accept(platform(kept, "provider: Local, state: Suspended, confirm: " + kept));

        assertThat(server.refusalOfChange(platform(kept, "provider: Local, state: Deactivated, confirm: " + kept)))
                .contains("spec.confirm: Invalid value: was set for another state");
        assertThat(server.refusalOfChange(platform(kept, "provider: Local, confirm: " + kept)))
                .isEqualTo("accepted");
        assertThat(server.refusalOfChange(platform(kept, "provider: Local, state: Suspended, confirm: " + kept)))
                .contains("spec.confirm: Invalid value: was set for another state");
        assertThat(server.refusalOfChange(platform(kept, "provider: Local"))).isEqualTo("accepted");
        assertThat(server.refusalOfChange(platform(kept, "provider: Local, state: Deactivated, confirm: " + kept)))
                .isEqualTo("accepted");
        assertThat(server.refusalOfChange(platform(kept, "provider: Local"))).contains("Deactivated is final");
        server.client().resources(CaaSPlatform.class).withName(kept).delete();
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(n -> "n" + n + ".example.com").collect(Collectors.joining(", "));
    }

    private static String certificate(String name, String spec) {
        return object("ManagedCertificate", name, "secretName: tls, " + spec);
    }

    private static String account(String name, String url, String spec) {
        return object(
                "CaaSAccount",
                name,
                "server: '" + url + "', externalAccountBinding: {keyId: k, macKeySecretRef: {name: eab, key: mac}}, "
                        + spec);
    }

    private static String subscription(String name, String account, String spec) {
        return object("DomainSubscription", name, "accountRef: {name: " + account + "}, " + spec);
    }

    private static String platform(String name, String spec) {
        return """
                apiVersion: caas.dev/v1alpha1
                kind: CaaSPlatform
                metadata: {name: %s}
                spec: {%s}
                """.formatted(name, spec);
    }

    private static String object(String kind, String name, String spec) {
        return """
                apiVersion: caas.dev/v1alpha1
                kind: %s
                metadata: {name: %s, namespace: %s}
                spec: {%s}
                """.formatted(kind, name, namespace, spec);
    }
}
