package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WantedTest {
    private static final Wanted WANTED =
            new Wanted(Set.of("a.example.test", "*.B.example.test"), null, KeyAlgorithm.ECDSA_P256);

    private final TestCa ca = new TestCa();
    private final CertificateKey key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
    private final CertificateChain chain = ca.issue(key, "CN=a.example.test", "A.example.test", "*.b.example.test");

    WantedTest() throws Exception {}

    @Test
    void whatWasAskedForHasNoShortcoming() {
        assertThat(WANTED.shortcomings(chain, key, TestCa.DURING)).isEmpty();
    }

    @Test
    void missingAndExtraNamesAreTold() throws Exception {
        CertificateChain other = ca.issue(key, "", "a.example.test", "c.example.test", "d.example.test");

        assertThat(WANTED.shortcomings(other, key, TestCa.DURING))
                .containsExactly(
                        "The certificate is not for *.b.example.test.",
                        "The certificate is also for c.example.test, d.example.test, not wanted any more.");
    }

    @Test
    void anotherCommonNameIsToldOnlyWhenOneIsWanted() {
        Wanted other = new Wanted(WANTED.names(), "b.example.test", KeyAlgorithm.ECDSA_P256);
        Wanted same = new Wanted(WANTED.names(), "A.example.test", KeyAlgorithm.ECDSA_P256);

        assertThat(other.shortcomings(chain, key, TestCa.DURING))
                .containsExactly("The certificate's common name is a.example.test instead of b.example.test.");
        assertThat(same.shortcomings(chain, key, TestCa.DURING)).isEmpty();
    }

    @Test
    void commonNameThatTheCaLeftOutIsNoReasonToAskAgain() throws Exception {
        CertificateChain without = ca.issue(key, "", "a.example.test", "*.b.example.test");
        Wanted wanted = new Wanted(WANTED.names(), "a.example.test", KeyAlgorithm.ECDSA_P256);

        assertThat(wanted.shortcomings(without, key, TestCa.DURING)).isEmpty();
    }

    @Test
    void anotherKindOfKeyIsTold() {
        Wanted rsa = new Wanted(WANTED.names(), null, KeyAlgorithm.RSA_2048);

        assertThat(rsa.shortcomings(chain, key, TestCa.DURING))
                .containsExactly("The certificate's key is ECDSA-P256 instead of RSA-2048.");
    }

    @Test
    void aKeyThatIsToStayWithItsHolderIsKnownByItsFingerprintAndNotKept() {
        var algorithm = KeyAlgorithm.ECDSA_P256;
        Wanted holders = new Wanted(WANTED.names(), null, algorithm, chain.keyFingerprint());
        Wanted others = new Wanted(WANTED.names(), null, algorithm, "0".repeat(64));

        assertThat(holders.shortcomings(chain, null, TestCa.DURING)).isEmpty();
        assertThat(holders.shortcomings(chain, key, TestCa.DURING))
                .containsExactly("There is a private key, which is to stay with whoever made the request.");
        assertThat(others.shortcomings(chain, null, TestCa.DURING))
                .containsExactly("The certificate is for another key than the request's.");
    }

    @Test
    void aMissingKeyIsTold() {
        assertThat(WANTED.shortcomings(chain, null, TestCa.DURING)).containsExactly("There is no private key.");
    }

    @Test
    void foreignKeyIsTold() {
        CertificateKey foreign = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);

        assertThat(WANTED.shortcomings(chain, foreign, TestCa.DURING))
                .containsExactly("The private key does not belong to the certificate.");
    }

    @Test
    void validityIsJudgedAtTheGivenMoment() {
        assertThat(WANTED.shortcomings(chain, key, TestCa.NOT_AFTER.plusSeconds(1)))
                .containsExactly("The certificate expired at 2026-04-01T00:00:00Z.");
        assertThat(WANTED.shortcomings(chain, key, TestCa.NOT_BEFORE.minusSeconds(1)))
                .containsExactly("The certificate is not valid before 2026-01-01T00:00:00Z.");
    }

    @Test
    void disorderIsTold() {
        CertificateChain disordered = CertificateChain.of(List.of(chain.leaf(), ca.root, ca.intermediate));

        assertThat(WANTED.shortcomings(disordered, key, TestCa.DURING))
                .containsExactly("The chain is out of order: each certificate must be followed by its issuer's.");
    }

    @Test
    void allShortcomingsAreToldAtOnce() {
        Wanted different = new Wanted(Set.of("z.example.test"), "z.example.test", KeyAlgorithm.ED25519);
        CertificateKey foreign = CertificateKey.generate(KeyAlgorithm.ED25519);

        assertThat(different.shortcomings(chain, foreign, TestCa.NOT_AFTER.plusSeconds(1)))
                .hasSize(6);
    }

    @Test
    void nothingCannotBeWanted() {
        assertThatThrownBy(() -> new Wanted(Set.of(), null, KeyAlgorithm.ED25519))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
