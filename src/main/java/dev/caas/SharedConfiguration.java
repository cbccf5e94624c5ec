package dev.caas;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.config.OverriddenConfigurationService;

/**
 * The SDK's configuration with what {@link Wiring} set in it, for all controllers, and with the operator's one client.
 *
 * <p>The extension (7.7.3) forgets the client once something is overridden: {@code getKubernetesClient()} makes another at
 * every call, with a thread pool, without our user agent, and a copy of an object is such a call. And it leaves
 * controllers with the configuration as it was before, so that 50 threads reconcile and 50 certificates that wait for
 * their turn keep everything else waiting.
 */
final class SharedConfiguration extends OverriddenConfigurationService {
    private final KubernetesClient client;

    SharedConfiguration(QuarkusConfigurationService configurations, KubernetesClient client) {
        super(configurations, configurations);
        this.client = client;
    }

    @Override
    public KubernetesClient getKubernetesClient() {
        return client;
    }
}
