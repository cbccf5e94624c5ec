package dev.caas.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Sees deleted objects off that carry a finalizer of ours, each on a thread of its own, until it is taken off.
 *
 * <p>java-operator-sdk 5.3.2 calls a reconciler for such objects only if it has put its finalizer on every object of the
 * kind, or in the mode triggerReconcilerOnAllEvents, in which an object that is created again at once is overlooked: the
 * event of its creation goes with the state of the one before.
 */
public final class Departures<P extends HasMetadata> extends SimpleInboundEventSource<P>
        implements ResourceEventAware<P> {
    private static final Logger LOG = Logger.getLogger(Departures.class);
    private static final Duration AFTER_A_FAULT = Duration.ofSeconds(5);

    private final String finalizer;
    private final Function<ResourceID, Optional<P>> current;
    private final Farewell<P> farewell;
    private final Consumer<P> gone;
    private final Begin begin;
    private final Set<String> underway = ConcurrentHashMap.newKeySet();
    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();

    /** A turn at an object. */
    public static final class Turn implements AutoCloseable {
        private final ReentrantLock lock;

        private Turn(ReentrantLock lock) {
            this.lock = lock;
        }

        /** Lets others have their turn while something is waited for. The object may be gone afterwards. */
        public <T> T giveWay(Wait<T> wait) throws InterruptedException {
            lock.unlock();
            try {
                return wait.over();
            } finally {
                lock.lock();
            }
        }

        @Override
        public void close() {
            lock.unlock();
        }
    }

    /** Something that is waited for. */
    public interface Wait<T> {
        T over() throws InterruptedException;
    }

    /** What is done for an object on its way out. */
    public interface Farewell<P> {
        /** Goes on with it; returns when to come back, empty once there is nothing left to do. */
        Optional<Duration> once(P object) throws Exception;
    }

    /**
     * Sets what is done for whom.
     *
     * @param current the object as it is now
     * @param gone told of every object that is gone
     * @param begin what is waited for: event sources see objects in every replica, and before all others are filled
     */
    public Departures(
            String name,
            String finalizer,
            Function<ResourceID, Optional<P>> current,
            Farewell<P> farewell,
            Consumer<P> gone,
            Begin begin) {
        super(name);
        this.finalizer = finalizer;
        this.current = current;
        this.farewell = farewell;
        this.gone = gone;
        this.begin = begin;
    }

    /** Waits for one's turn: what a reconcile is at comes to its end before the object is seen off, and the other way. */
    public Turn turn(P object) throws InterruptedException {
        var turn = turns.computeIfAbsent(object.getMetadata().getUid(), _ -> new ReentrantLock());
        turn.lockInterruptibly();
        return new Turn(turn);
    }

    @Override
    public void onResourceCreated(P object) {
        seeOff(object);
    }

    @Override
    public void onResourceUpdated(P object, P before) {
        seeOff(object);
    }

    @Override
    public void onResourceDeleted(P object) {
        turns.remove(object.getMetadata().getUid());
        gone.accept(object);
    }

    private void seeOff(P object) {
        var uid = object.getMetadata().getUid();
        if (isLeaving(object) && underway.add(uid)) {
            Thread.startVirtualThread(() -> {
                try {
                    untilItIsGone(object);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    underway.remove(uid);
                }
            });
        }
    }

    private boolean isLeaving(P object) {
        return object.isMarkedForDeletion() && object.hasFinalizer(finalizer);
    }

    private void untilItIsGone(P first) throws InterruptedException {
        begin.await();
        var object = newest(first);
        while (object.isPresent()) {
            var again = once(object.get());
            if (again.isEmpty()) {
                return;
            }
            Thread.sleep(again.get());
            object = newest(first);
        }
    }

    private Optional<P> newest(P seen) {
        return current.apply(ResourceID.fromResource(seen))
                .filter(o -> o.getMetadata().getUid().equals(seen.getMetadata().getUid()))
                .filter(this::isLeaving);
    }

    private Optional<Duration> once(P object) throws InterruptedException {
        try (var _ = turn(object)) {
            return farewell.once(object);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.warnf(e, "%s %s is not let go yet", object.getKind(), ObjectName.of(object));
            return Optional.of(AFTER_A_FAULT);
        }
    }
}
