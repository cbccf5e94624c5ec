package dev.caas;

import dev.caas.kube.Begin;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationService;
import io.javaoperatorsdk.operator.api.config.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import io.quarkiverse.operatorsdk.runtime.api.ConfigurableReconciler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/**
 * Decides which reconcilers run: all but those of kinds that are not ours and that this cluster does not serve, such as
 * the Gateway API's. That is asked once, at the start, since java-operator-sdk takes no controller on later.
 *
 * <p>Stands in for the extension's own producer of the {@link Operator}, which knows no such condition.
 */
@Singleton
class Controllers {
    private static final Logger LOG = Logger.getLogger(Controllers.class);
    private static final String OURS = "caas.dev";

    @Produces
    @ApplicationScoped
    Operator operator(
            QuarkusConfigurationService configurations,
            Instance<Reconciler<? extends HasMetadata>> reconcilers,
            KubernetesClient client,
            Settings settings,
            Begin begin) {
        var shared = new SharedConfiguration(configurations, client);
        var operator = settings.lease().isPresent() ? new Operator(shared) : new Unrivalled(shared, begin);
        reconcilers.forEach(r -> register(r, shared, client, operator));
        return operator;
    }

    private static <T extends HasMetadata> void register(
            Reconciler<T> reconciler,
            QuarkusConfigurationService configurations,
            KubernetesClient client,
            Operator operator) {
        var configuration = configurations.getConfigurationFor(reconciler);
        configuration.setParent(configurations);
        var kind = configuration.getResourceClass();
        if (HasMetadata.getGroup(kind).equals(OURS) || client.supports(kind)) {
            operator.register(
                    reconciler,
                    reconciler instanceof ConfigurableReconciler<T> configurable
                            ? configured(configurable, configuration, configurations)
                            : configuration);
        } else {
            LOG.infof(
                    "This cluster does not serve %s: it is not watched. Restart the operator if it is installed later",
                    HasMetadata.getFullResourceName(kind));
        }
    }

    /** An operator that needs no lease: it begins as soon as all its controllers are started. */
    private static final class Unrivalled extends Operator {
        private final Begin begin;

        Unrivalled(ConfigurationService configuration, Begin begin) {
            super(configuration);
            this.begin = begin;
        }

        @Override
        public synchronized void start() {
            super.start();
            begin.now();
        }
    }

    /** As the extension's producer does it. */
    private static <T extends HasMetadata> ControllerConfiguration<T> configured(
            ConfigurableReconciler<T> reconciler,
            QuarkusControllerConfiguration<T> built,
            QuarkusConfigurationService configurations) {
        var overrider = ControllerConfigurationOverrider.override(built);
        reconciler.updateConfigurationFrom(overrider);
        var changed = overrider.build();
        var configuration = new QuarkusControllerConfiguration<>(
                changed.getInformerConfig(),
                changed.getName(),
                changed.isGenerationAware(),
                built.getAssociatedReconcilerClassName(),
                changed.getRetry(),
                changed.getRateLimiter(),
                built.maxReconciliationInterval().orElseThrow(),
                changed.getFinalizerName(),
                changed.fieldManager(),
                built.getWorkflow(),
                built.getResourceTypeName(),
                built.getResourceClass());
        configuration.setParent(configurations);
        return configuration;
    }
}
