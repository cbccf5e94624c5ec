package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import dev.caas.kube.ObjectName;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jboss.logging.Logger;

/** The status that tells of an order under way, written beside it. While a CA does not answer there is none to tell of. */
final class Shown {
    private static final Logger LOG = Logger.getLogger(Shown.class);

    private final Callable<ManagedCertificate> write;
    private Optional<FutureTask<ManagedCertificate>> begun = Optional.empty();

    Shown(Callable<ManagedCertificate> write) {
        this.write = write;
    }

    /** Begins to write it, once. */
    void begin() {
        if (begun.isEmpty()) {
            var task = new FutureTask<>(write);
            begun = Optional.of(task);
            Thread.startVirtualThread(task);
        }
    }

    /** The certificate as shown; if it was not, or that could not be written, as it was: what came of the order is next. */
    ManagedCertificate end(ManagedCertificate before) throws InterruptedException {
        if (begun.isEmpty()) {
            return before;
        }
        try {
            return begun.get().get();
        } catch (ExecutionException e) {
            LOG.warnf("Status of %s was not written: %s", ObjectName.of(before), e.getCause());
            return before;
        }
    }
}
