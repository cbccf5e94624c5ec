package dev.caas.kit;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatform;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.kube.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The conditions of an object of the operator's, of whichever kind; none before it has any. */
final class ObjectConditions {
    private ObjectConditions() {}

    static Conditions of(@Nullable HasMetadata object) {
        return new Conditions(
                switch (object) {
                    case CaaSPlatform p
                    when p.getStatus() != null -> p.getStatus().conditions();
                    case CaaSAccount a
                    when a.getStatus() != null -> a.getStatus().conditions();
                    case DomainSubscription s
                    when s.getStatus() != null -> s.getStatus().conditions();
                    case ManagedCertificate c
                    when c.getStatus() != null -> c.getStatus().conditions();
                    case null, default -> List.of();
                });
    }

    /** Whether it is there, and Ready. */
    static boolean isReady(@Nullable HasMetadata object) {
        return of(object).isTrue(Conditions.READY);
    }
}
