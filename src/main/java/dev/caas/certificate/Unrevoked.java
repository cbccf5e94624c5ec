package dev.caas.certificate;

import dev.caas.api.ManagedCertificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers whose revocations failed and when they are tried again. They are counted apart from orders, so that neither
 * waits for the other: a certificate whose predecessor cannot be revoked is renewed all the same. This process's memory
 * only: after a restart they are tried once more.
 */
final class Unrevoked {
    private final Clock clock;
    private final Map<String, Failures> failures = new ConcurrentHashMap<>();

    private record Failures(long generation, int inARow, Instant next) {}

    Unrevoked(Clock clock) {
        this.clock = clock;
    }

    /** Failures in a row so far, of the present declaration. */
    int inARow(ManagedCertificate certificate) {
        return of(certificate).map(Failures::inARow).orElse(0);
    }

    /** Until when none is tried. */
    Optional<Instant> restUntil(ManagedCertificate certificate) {
        return of(certificate).map(Failures::next).filter(clock.instant()::isBefore);
    }

    void failed(ManagedCertificate certificate, int inARow, Instant next) {
        var meta = certificate.getMetadata();
        failures.put(meta.getUid(), new Failures(meta.getGeneration(), inARow, next));
    }

    /** There is nothing left to revoke, or nobody to revoke it for. */
    void forget(ManagedCertificate certificate) {
        failures.remove(certificate.getMetadata().getUid());
    }

    private Optional<Failures> of(ManagedCertificate certificate) {
        var meta = certificate.getMetadata();
        return Optional.ofNullable(failures.get(meta.getUid())).filter(f -> f.generation == meta.getGeneration());
    }
}
