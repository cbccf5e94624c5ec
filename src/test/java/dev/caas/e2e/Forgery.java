package dev.caas.e2e;

import dev.caas.kit.Contract;
import dev.caas.kit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;

/** What somebody who writes Secrets in a namespace can say there that is not true. */
final class Forgery {
    private Forgery() {}

    /** An account of that name is registered at a server, under the binding of the test's own account. */
    static void registration(TestNamespace namespace, String account, String server) {
        var real = namespace.get(Secret.class, Contract.ACCOUNT + "-account");
        var labels = new HashMap<>(real.getMetadata().getLabels());
        labels.put("caas.dev/name", account);
        namespace.create(new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(account + "-account")
                .withLabels(labels)
                .endMetadata()
                .withType("Opaque")
                .withData(real.getData())
                .addToData("server", Base64.getEncoder().encodeToString(server.getBytes(StandardCharsets.UTF_8)))
                .build());
    }
}
