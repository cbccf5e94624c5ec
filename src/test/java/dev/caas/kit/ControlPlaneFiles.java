package dev.caas.kit;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/** What the control plane's processes read: certificates, keys, the administrator's token, the audit policy. */
record ControlPlaneFiles(String server, String adminToken, Path kubeconfig, Path auditLog, KubernetesClient client) {
    private static final String AUDIT_POLICY = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
              - level: Metadata
            """;

    static ControlPlaneFiles write(Path dir, KitCa ca, String server) {
        ca.issueForLoopback("kubernetes.default.svc").write(dir, "apiserver");
        WorkFiles.write(dir.resolve("ca.crt"), ca.pem());
        writeServiceAccountKeys(dir);
        WorkFiles.write(dir.resolve("audit-policy.yaml"), AUDIT_POLICY);
        String token = randomToken();
        WorkFiles.write(dir.resolve("tokens.csv"), token + ",kit-admin,kit-admin,\"system:masters\"\n");
        Path kubeconfig = Kubeconfig.write(dir.resolve("admin.kubeconfig"), server, ca.pem(), token);
        return new ControlPlaneFiles(
                server, token, kubeconfig, dir.resolve("audit.log"), Kubeconfig.client(kubeconfig));
    }

    private static void writeServiceAccountKeys(Path dir) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair keys = generator.generateKeyPair();
            WorkFiles.write(
                    dir.resolve("sa.key"),
                    Pem.encode("PRIVATE KEY", keys.getPrivate().getEncoded()));
            WorkFiles.write(
                    dir.resolve("sa.pub"),
                    Pem.encode("PUBLIC KEY", keys.getPublic().getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String randomToken() {
        byte[] bytes = new byte[20];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
