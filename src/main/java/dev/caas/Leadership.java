package dev.caas;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/**
 * Sees to it that only one replica works: a process that loses its lease ends at once.
 *
 * <p>With {@code build()}, java-operator-sdk 5.3.2 goes on reconciling after the lease is lost (pull request #3619); told
 * to exit, it calls {@code System.exit} from a thread that Quarkus' shutdown then waits for, and hangs. Hence our own
 * callback, which halts the process: there is nothing to clean up, since a kill at any moment does no harm.
 */
@Singleton
class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);
    private static final int LOST = 1;

    private volatile boolean shuttingDown;

    /** Before the SDK's own observer, which gives the lease up. */
    void onShutdown(@Observes @Priority(1) ShutdownEvent event) {
        shuttingDown = true;
    }

    /** @param begin called when this process begins to lead, which it does once all controllers are started */
    LeaderElectionConfiguration election(String lease, String namespace, String identity, Runnable begin) {
        var callbacks = new LeaderCallbacks(begin, this::stopped, leader -> {});
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(lease)
                .withLeaseNamespace(namespace)
                .withIdentity(identity)
                .withLeaderCallbacks(callbacks)
                .buildForTest(false);
    }

    private void stopped() {
        if (!shuttingDown) {
            LOG.error("The lease was lost: this process ends, so that no two work at the same time");
            Runtime.getRuntime().halt(LOST);
        }
    }
}
