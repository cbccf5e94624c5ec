package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.Solver;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Fills an example's placeholders in with what a stage has: its CA, a binding, its name servers. */
final class Filling {
    private Filling() {}

    static void in(HasMetadata object, Stage stage, Stage.Authority authority) {
        switch (object) {
            case CaaSAccount account -> account.setSpec(filled(account.getSpec(), stage, authority));
            case Secret secret
            when secret.getStringData().containsKey("macKey") ->
                secret.setStringData(Map.of("macKey", authority.binding().macKey()));
            case Secret secret
            when secret.getMetadata().getName().endsWith("tsig") ->
                secret.setStringData(Map.of("key", stage.bind().tsigKey()));
            default -> {}
        }
    }

    private static CaaSAccountSpec filled(CaaSAccountSpec spec, Stage stage, Stage.Authority authority) {
        return new CaaSAccountSpec(
                authority.server(),
                authority.caBundle(),
                spec.contacts(),
                spec.termsOfServiceAgreed(),
                authority.profile(),
                new CaaSAccountSpec.ExternalAccountBinding(
                        authority.binding().keyId(),
                        spec.externalAccountBinding().macKeySecretRef(),
                        spec.externalAccountBinding().macAlgorithm()),
                spec.term(),
                spec.state(),
                spec.solvers().stream().map(s -> filled(s, stage)).toList(),
                spec.allowedNamespaces(),
                spec.concurrentOrders());
    }

    private static Solver filled(Solver solver, Stage stage) {
        var rfc2136 = Objects.requireNonNull(solver.dns01()).rfc2136();
        var bind = stage.bind();
        return new Solver(
                solver.selector(),
                null,
                new Solver.Dns01(
                        new Solver.Propagation(List.of(bind.primary(), bind.secondary()), "120s", false),
                        new Solver.Rfc2136(
                                bind.primary(), bind.tsigKeyName(), rfc2136.tsigAlgorithm(), rfc2136.tsigSecretRef())));
    }
}
