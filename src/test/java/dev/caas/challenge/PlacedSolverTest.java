package dev.caas.challenge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.CaaSAccount;
import dev.caas.api.ChallengeType;
import dev.caas.api.ManagedCertificate;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The most specific solver wins. */
class PlacedSolverTest {
    private static final Set<ChallengeType> ANY = EnumSet.allOf(ChallengeType.class);

    @Test
    void anExactNameBeatsAZoneAndALongerZoneAShorterOne() throws Exception {
        var account = account(
                solver("any", ""),
                solver("zone", "dnsZones: [example.com]"),
                solver("longer", "dnsZones: [shop.example.com]"),
                solver("exact", "dnsNames: [www.shop.example.com]"));

        assertThat(chosen("www.shop.example.com", account)).isEqualTo("exact");
        assertThat(chosen("*.shop.example.com", account)).isEqualTo("longer");
        assertThat(chosen("www.example.com", account)).isEqualTo("zone");
        assertThat(chosen("notexample.com", account)).isEqualTo("any");
    }

    @Test
    void labelsOfTheCertificateMustMatch() throws Exception {
        var account = account(solver("any", ""), solver("labelled", "matchLabels: {team: web}"));

        assertThat(nameserver(
                        PlacedSolver.chosen("a.example.com", ANY, certificate("labels: {team: web}, ", ""), account)))
                .isEqualTo("labelled");
        assertThat(chosen("a.example.com", account)).isEqualTo("any");
    }

    @Test
    void betweenEqualsTheCertificatesOwnWinsAndItsSecretsAreInItsNamespace() throws Exception {
        var placed = PlacedSolver.chosen(
                "a.example.com", ANY, certificate("", solver("own", "")), account(solver("accounts", "")));

        assertThat(nameserver(placed)).isEqualTo("own");
        assertThat(placed.namespace()).isEqualTo("team");
    }

    @Test
    void noSolverIsSaidWithTheName() {
        assertThatThrownBy(() -> chosen("a.example.org", account(solver("zone", "dnsZones: [example.com]"))))
                .isInstanceOf(SolverException.class)
                .hasMessageContaining("a.example.org");
    }

    @Test
    void anAddressIsProvenByHttp() throws Exception {
        var web = "{http01: {ingress: {ingressClassName: web}}}";

        var placed = PlacedSolver.chosen(
                "2001:db8::1", ANY, certificate("", ""), account(web, solver("dns", "dnsNames: ['2001:db8::1']")));

        assertThat(placed.solver().challengeType()).isEqualTo(ChallengeType.HTTP01);
        assertThatThrownBy(() -> chosen("192.0.2.1", account(solver("any", ""))))
                .isInstanceOf(SolverException.class)
                .hasMessage("no http01 solver is for '192.0.2.1'; add one to spec.solvers of this ManagedCertificate or"
                        + " of its CaaSAccount: an IP address can be proven by http-01 only");
    }

    private static String chosen(String name, CaaSAccount account) throws SolverException {
        return nameserver(PlacedSolver.chosen(name, ANY, certificate("", ""), account));
    }

    private static String nameserver(PlacedSolver placed) {
        return Objects.requireNonNull(placed.solver().dns01()).rfc2136().nameserver();
    }

    private static String solver(String server, String selector) {
        return "{" + (selector.isEmpty() ? "" : "selector: {" + selector + "}, ") + "dns01: {rfc2136: {nameserver: "
                + server + ", tsigKeyName: k, tsigSecretRef: {name: s, key: k}}}}";
    }

    private static CaaSAccount account(String... solvers) {
        return Serialization.unmarshal(
                "metadata: {namespace: platform, name: acme}\nspec: {solvers: [" + String.join(", ", solvers) + "]}",
                CaaSAccount.class);
    }

    private static ManagedCertificate certificate(String metadata, String solvers) {
        return Serialization.unmarshal(
                "metadata: {" + metadata + "namespace: team, name: www}\nspec: {solvers: [" + solvers + "]}",
                ManagedCertificate.class);
    }
}
