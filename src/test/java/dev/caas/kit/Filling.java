package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.Solver;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;

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
        var settings = Map.of(
                "server", authority.server(),
                "caBundle", authority.caBundle(),
                "profile", authority.profile(),
                "externalAccountBinding", Map.of("keyId", authority.binding().keyId()),
                "solvers", spec.solvers().stream().map(s -> filled(s, stage)).toList());
        var filled = spec;
        for (var setting : settings.entrySet()) {
            filled = Specs.with(CaaSAccountSpec.class, filled, setting.getKey(), setting.getValue());
        }
        return filled;
    }

    private static Solver filled(Solver solver, Stage stage) {
        return new Solver(
                solver.selector(),
                solver.http01() == null ? null : filled(solver.http01(), stage),
                solver.dns01() == null ? null : filled(solver.dns01(), stage));
    }

    private static Solver.Dns01 filled(Solver.Dns01 solver, Stage stage) {
        var bind = stage.bind();
        return new Solver.Dns01(
                new Solver.Propagation(List.of(bind.primary(), bind.secondary()), "120s", false),
                new Solver.Rfc2136(
                        bind.primary(),
                        bind.tsigKeyName(),
                        solver.rfc2136().tsigAlgorithm(),
                        solver.rfc2136().tsigSecretRef()));
    }

    /** The stage's names are known to its own name servers only. */
    private static Solver.Http01 filled(Solver.Http01 solver, Stage stage) {
        return new Solver.Http01(
                solver.ingress(),
                solver.gateway(),
                new Solver.SelfCheck(List.of(stage.bind().secondary()), "60s", false, null));
    }
}
