package dev.caas.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.Encoding;
import dev.caas.kit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateKeyTest {
    @ParameterizedTest
    @EnumSource
    void everyKindSurvivesPem(KeyAlgorithm algorithm) throws Exception {
        CertificateKey key = CertificateKey.generate(algorithm);

        CertificateKey read = CertificateKey.fromPem(key.toPem());

        assertThat(key.toPem()).startsWith("-----BEGIN PRIVATE KEY-----\n").endsWith("-----END PRIVATE KEY-----\n");
        assertThat(read.algorithm()).contains(algorithm);
        assertThat(read.pair().getPublic()).isEqualTo(key.pair().getPublic());
        assertThat(read.toPem()).isEqualTo(key.toPem());
        assertThat(read.toDer()).isEqualTo(key.toDer());
        assertThat(verifies(read.pair())).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void everyKindSurvivesDer(KeyAlgorithm algorithm) throws Exception {
        CertificateKey key = CertificateKey.generate(algorithm);

        var read = KeyFactory.getInstance(key.pair().getPrivate().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(key.toDer()));

        assertThat(verifies(new KeyPair(key.pair().getPublic(), read))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"ECDSA_P256", "ECDSA_P384", "RSA_2048"})
    void traditionalEncodingIsRead(KeyAlgorithm algorithm) throws Exception {
        CertificateKey key = CertificateKey.generate(algorithm);
        AsymmetricKeyParameter secret =
                PrivateKeyFactory.createKey(key.pair().getPrivate().getEncoded());
        byte[] traditional = PrivateKeyInfoFactory.createPrivateKeyInfo(secret)
                .parsePrivateKey()
                .toASN1Primitive()
                .getEncoded();
        Pem parameters = new Pem("EC PARAMETERS", new byte[] {5, 0});
        Pem pem = new Pem(
                secret.getClass().getSimpleName().startsWith("EC") ? "EC PRIVATE KEY" : "RSA PRIVATE KEY", traditional);

        CertificateKey read = CertificateKey.fromPem("a comment\n" + Pem.write(List.of(parameters, pem)));

        assertThat(read.pair().getPublic()).isEqualTo(key.pair().getPublic());
        assertThat(read.toPem()).isEqualTo(key.toPem());
        assertThat(verifies(read.pair())).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void everyKindSurvivesItsTraditionalEncoding(KeyAlgorithm algorithm, @TempDir Path dir) throws Exception {
        var key = CertificateKey.generate(algorithm);
        var label = switch (algorithm) {
            case ECDSA_P256, ECDSA_P384 -> "EC PRIVATE KEY";
            case RSA_2048, RSA_3072, RSA_4096 -> "RSA PRIVATE KEY";
            case ED25519 -> "PRIVATE KEY";
        };

        var text = key.toPem(Encoding.Traditional);

        assertThat(text).startsWith("-----BEGIN " + label + "-----\n");
        assertThat(CertificateKey.fromPem(text).toPem()).isEqualTo(key.toPem());
        assertThat(key.toPem(Encoding.PKCS8)).isEqualTo(key.toPem());
        Files.writeString(dir.resolve("tls.key"), text);
        assertThat(Tool.openssl().run(dir, "pkey", "-in", "tls.key", "-pubout"))
                .isEqualTo(Tool.openssl().run(dir, "pkey", "-in", pkcs8(dir, key), "-pubout"));
    }

    private static String pkcs8(Path dir, CertificateKey key) throws IOException {
        return Files.writeString(dir.resolve("pkcs8.key"), key.toPem()).toString();
    }

    @Test
    void theEncodingOfATextIsKnownByItsFirstKey() {
        var key = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);
        var traditional = key.toPem(Encoding.Traditional);

        assertThat(key.isWrittenAs(Encoding.Traditional, "a comment\n" + traditional))
                .isTrue();
        assertThat(key.isWrittenAs(Encoding.PKCS8, key.toPem() + traditional)).isTrue();
        assertThat(key.isWrittenAs(Encoding.PKCS8, traditional)).isFalse();
        assertThat(key.isWrittenAs(Encoding.Traditional, key.toPem())).isFalse();
        assertThat(key.isWrittenAs(Encoding.PKCS8, "")).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"ECDSA_P256", "ED25519"})
    void publicKeyInsideThePrivateKeyIsNotBelieved(KeyAlgorithm algorithm) throws Exception {
        CertificateKey key = CertificateKey.generate(algorithm);
        var info = PrivateKeyInfo.getInstance(key.pair().getPrivate().getEncoded());
        var lie = new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), info.parsePrivateKey(), null, new byte[32]);

        CertificateKey read = CertificateKey.fromPem(Pem.write(List.of(new Pem("PRIVATE KEY", lie.getEncoded()))));

        assertThat(read.pair().getPublic()).isEqualTo(key.pair().getPublic());
        assertThat(read.toPem()).isEqualTo(key.toPem());
    }

    @Test
    void certificateBeforeTheKeyIsSkipped() throws Exception {
        CertificateKey key = CertificateKey.generate(KeyAlgorithm.ED25519);
        String certificate = new TestCa().issue(key, "", "a.example.test").toPem();

        assertThat(CertificateKey.fromPem(certificate + key.toPem()).pair().getPublic())
                .isEqualTo(key.pair().getPublic());
    }

    @Test
    void kindThatNoCertificateAsksForHasNoAlgorithm() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp521r1"));
        CertificateKey key = new CertificateKey(generator.generateKeyPair());

        assertThat(CertificateKey.fromPem(key.toPem()).algorithm()).isEmpty();
        assertThat(key).hasToString("CertificateKey[EC]");
    }

    @Test
    void whatIsNoKeyIsRefusedWithoutQuotingIt() {
        String pem = CertificateKey.generate(KeyAlgorithm.ECDSA_P256).toPem();
        String body = pem.lines().toList().get(1);
        List<String> wrong = List.of(
                "",
                "no PEM at all",
                pem.replace("PRIVATE", "PUBLIC"),
                pem.replace(body, body.substring(1)),
                pem.replace(body, body.substring(0, 20) + "!" + body.substring(21)),
                pem.replace("-----END", ""),
                pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
                pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
                pem.replace("PRIVATE KEY", "EC PRIVATE KEY"),
                "x".repeat(2_000_000));

        for (String text : wrong) {
            assertThatThrownBy(() -> CertificateKey.fromPem(text))
                    .isInstanceOf(InvalidPemException.class)
                    .hasNoCause()
                    .satisfies(e ->
                            assertThat(e.getMessage()).hasSizeLessThan(200).doesNotContain(body.substring(30, 50)));
        }
    }

    @Test
    void stringHoldsNoKey() {
        CertificateKey key = CertificateKey.generate(KeyAlgorithm.RSA_2048);

        assertThat(key).hasToString("CertificateKey[RSA-2048]");
    }

    private static boolean verifies(KeyPair pair) throws Exception {
        byte[] data = {1, 2, 3};
        String algorithm = switch (pair.getPrivate().getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(pair.getPrivate());
        signature.update(data);
        byte[] signed = signature.sign();
        signature.initVerify(pair.getPublic());
        signature.update(data);
        return signature.verify(signed);
    }
}
