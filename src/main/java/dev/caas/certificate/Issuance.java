package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.account.Standstill;
import dev.caas.acme.AcmeAccount;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeOrder;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec.PrivateKey.RotationPolicy;
import dev.caas.api.ManagedCertificateSpec.RevocationReason;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.challenge.Plan;
import dev.caas.challenge.Proofs;
import dev.caas.challenge.SolverException;
import dev.caas.challenge.dns01.DnsException;
import dev.caas.challenge.http01.Http01Exception;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.InvalidDurationException;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.entitlement.Verdict;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretTakenException;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.InvalidRequestException;
import dev.caas.pki.SigningRequest;
import dev.caas.subscription.LimitReached;
import dev.caas.subscription.Limits;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The way of one certificate through RFC 8555: gate, order, checkpoint, proofs, gate, finalize, certificate, Secret. It
 * blocks for seconds, on a virtual thread; what takes longer is handed back as a {@link Setback} and gone on with later.
 */
final class Issuance {
    private static final Logger LOG = Logger.getLogger(Issuance.class);

    /** How long to stay with an order; beyond it the slot is given to another certificate. */
    private static final Duration STAY = Duration.ofSeconds(20);

    private static final Duration LONG_AT_WORK = Duration.ofMinutes(1);

    private final Accounts accounts;
    private final Checkpoints checkpoints;
    private final CertificateSecrets secrets;
    private final Proofs proofs;
    private final Limits limits;
    private final AuditLog audit;
    private final Clock clock;

    Issuance(
            Accounts accounts,
            Checkpoints checkpoints,
            CertificateSecrets secrets,
            Proofs proofs,
            Limits limits,
            AuditLog audit,
            Clock clock) {
        this.accounts = accounts;
        this.checkpoints = checkpoints;
        this.secrets = secrets;
        this.proofs = proofs;
        this.limits = limits;
        this.audit = audit;
        this.clock = clock;
    }

    /** What came of it. */
    sealed interface Result {
        /** It is in the Secret. The checkpoint is still there, for a kill between the two; it is not needed any more. */
        record Issued(KeptCertificate kept) implements Result {}

        /** A gate was closed: nothing more was sent. The order is kept. */
        record NotEntitled(Denied denied) implements Result {}

        /** A subscription's limit was reached meanwhile: nothing more was sent. The order, if there is one, is kept. */
        record NoRoom(LimitReached why) implements Result {}

        /** The orders of the whole account stand still: since it waited for its turn, or since it failed itself. */
        record StandsStill(Standstill why) implements Result {}

        /** The declaration changed or went away meanwhile: another reconcile sees what there is to do. */
        record Outdated() implements Result {}

        record SetBack(Setback setback) implements Result {}
    }

    /**
     * Gets the certificate.
     *
     * @param plan how its names are going to be proven
     * @param adopted the Secret of somebody else that the certificate is to be written over
     * @param predecessor the certificate whose place it takes
     * @param current the declaration as it is now; empty once it is deleted
     * @param verdict whether a declaration may be ordered now
     * @param answered called when the CA has answered about the order, before it is gone on with
     */
    Result run(
            ManagedCertificate certificate,
            Granted granted,
            Plan plan,
            Optional<ForeignSecret> adopted,
            Optional<KeptCertificate> predecessor,
            Supplier<Optional<ManagedCertificate>> current,
            Function<ManagedCertificate, Verdict> verdict,
            Runnable answered)
            throws InterruptedException {
        try (var _ = accounts.use(ObjectName.of(granted.account()))) {
            return new Run(certificate, granted, plan, adopted, predecessor, current, verdict, answered).run();
        } catch (AcmeFailure e) {
            var account = ObjectName.of(granted.account());
            var standstill =
                    accounts.failed(granted.account(), certificate.getMetadata().getUid(), e);
            if (standstill.isPresent()) {
                return new Result.StandsStill(standstill.get());
            }
            if (e.kind() == AcmeFailure.Kind.ACCOUNT_UNKNOWN) {
                accounts.doubt(account);
            }
            boolean keepsOrder = e.kind() != AcmeFailure.Kind.ACCOUNT_UNKNOWN
                    && e.kind() != AcmeFailure.Kind.CHALLENGE
                    && !(e.kind() == AcmeFailure.Kind.BLOCKED && e.isDecision());
            if (!keepsOrder) {
                checkpoints.drop(certificate);
                proofs.pause(certificate);
            }
            return new Result.SetBack(setback(e, certificate, granted.account()));
        } catch (DnsException e) {
            return new Result.SetBack(Setback.of(e));
        } catch (Http01Exception e) {
            return new Result.SetBack(Setback.of(e));
        } catch (SolverException e) {
            return new Result.SetBack(Setback.of(e));
        } catch (SecretTakenException e) {
            return new Result.SetBack(Setback.of(e));
        } catch (KubernetesClientException e) {
            return new Result.SetBack(Setback.of(e));
        } catch (InvalidNameException | InvalidRequestException e) {
            // The verdict was asked first and would have said so.
            throw new IllegalStateException(e);
        } catch (RuntimeException e) {
            // A fault of ours: it is seen in the log, and does not make the next attempt come at once.
            LOG.errorf(e, "Certificate %s could not be issued", ObjectName.of(certificate));
            return new Result.SetBack(Setback.fault(e));
        } finally {
            // Only an order that is kept may still become a certificate.
            if (checkpoints.secret(certificate).isEmpty()) {
                limits.giveBack(certificate.getMetadata().getUid());
            }
        }
    }

    /** What a failed attempt comes to; of an order that was refused, in terms of what was declared. */
    private Setback setback(AcmeFailure failure, ManagedCertificate certificate, CaaSAccount account) {
        boolean isRefusal =
                failure.kind() == AcmeFailure.Kind.BLOCKED && failure.step() == dev.caas.acme.Step.NEW_ORDER;
        return isRefusal
                ? OrderTerms.of(certificate, account, profiles(account)).refused(failure)
                : Setback.of(failure);
    }

    /** The profiles that the account's CA offers; none where that cannot be told. */
    private Set<String> profiles(CaaSAccount account) {
        try {
            var open = accounts.open(account);
            return open.isPresent() ? open.get().profiles() : Set.of();
        } catch (AcmeFailure e) {
            return Set.of();
        }
    }

    private final class Run {
        private final ManagedCertificate certificate;
        private final Granted granted;
        private final Plan plan;
        private final Optional<ForeignSecret> adopted;
        private final Optional<KeptCertificate> predecessor;
        private final Supplier<Optional<ManagedCertificate>> current;
        private final Function<ManagedCertificate, Verdict> verdict;
        private final Runnable answered;
        private final Ordered ordered;

        /** Whether the declaration was deleted before, so that it may have been seen off with its Secret. */
        private final boolean wasGone;

        Run(
                ManagedCertificate certificate,
                Granted granted,
                Plan plan,
                Optional<ForeignSecret> adopted,
                Optional<KeptCertificate> predecessor,
                Supplier<Optional<ManagedCertificate>> current,
                Function<ManagedCertificate, Verdict> verdict,
                Runnable answered)
                throws InvalidNameException, InvalidRequestException {
            this.certificate = certificate;
            this.granted = granted;
            this.plan = plan;
            this.adopted = adopted;
            this.predecessor = predecessor;
            this.current = current;
            this.verdict = verdict;
            this.answered = answered;
            this.ordered = Ordered.of(certificate, granted.account());
            this.wasGone = isGone();
        }

        Result run()
                throws AcmeFailure, DnsException, Http01Exception, SolverException, SecretTakenException,
                        InvalidNameException, InvalidRequestException, InterruptedException {
            var account = accounts.open(granted.account());
            if (account.isEmpty()) {
                return new Result.Outdated();
            }
            var standstill = accounts.standstill(granted.account());
            if (standstill.isPresent()) {
                return new Result.StandsStill(standstill.get());
            }
            var checkpoint = resumable(account.get());
            boolean resumed = checkpoint.isPresent();
            AcmeOrder order;
            if (resumed) {
                var known = known(account.get(), checkpoint.get());
                if (known.isEmpty()) {
                    return new Result.Outdated();
                }
                order = known.get();
                answered();
                record(
                        AuditRecord.Type.ORDER_RESUMED,
                        Map.of("orderUrl", order.url().toString()));
            } else {
                var closed = gate();
                if (closed.isPresent()) {
                    return closed.get();
                }
                var obstacle = terms(account.get()).obstacle();
                if (obstacle.isPresent()) {
                    return new Result.SetBack(obstacle.get());
                }
                var key = key();
                order = account.get().newOrder(ordered.names(), ordered.profile(), notAfter(), replaces(account.get()));
                answered();
                checkpoint = Optional.of(
                        new Checkpoint(key, order.url(), account.get().url().toString(), ordered));
                // On record before it is kept: one that cannot be kept is at the CA all the same.
                record(
                        AuditRecord.Type.ORDER_PLACED,
                        Map.of(
                                "orderUrl", order.url().toString(),
                                "dnsNames", ordered.dnsNames(),
                                "ipAddresses", ordered.ipAddresses()));
                try {
                    checkpoints.keep(certificate, checkpoint.get());
                } catch (SecretTakenException e) {
                    return new Result.SetBack(Setback.checkpointTaken(e));
                } catch (KubernetesClientException e) {
                    return new Result.SetBack(Setback.checkpointRefused(e));
                }
            }

            if (!order.names().equals(ordered.names())) {
                // The checkpoint is a Secret that others can write, and a CA can answer anything.
                checkpoints.drop(certificate);
                return new Result.SetBack(Setback.useless(List.of("The order is for " + order.names() + ".")));
            }

            // A new order that is READY at once rests on earlier proofs: nothing is put up for it.
            boolean proven = !resumed && order.state() == AcmeOrder.State.READY;
            if (proven) {
                proofs.pause(certificate);
            }
            var later = proven ? Optional.<Instant>empty() : prove(order);
            if (later.isPresent()) {
                return later("challenge", later.get());
            }

            if (order.state() == AcmeOrder.State.READY) {
                var closed = gate();
                if (closed.isPresent()) {
                    return closed.get();
                }
                order.finalizeWith(request(checkpoint.get()));
            }
            later = order.state() == AcmeOrder.State.VALID ? Optional.empty() : order.awaitCertificate(stay());
            if (later.isPresent()) {
                return later("finalize", later.get());
            }
            if (order.state() == AcmeOrder.State.INVALID) {
                throw refused(order);
            }
            return save(order, checkpoint.get());
        }

        private void answered() {
            accounts.answered(granted.account());
            answered.run();
        }

        /** The key to order for: none where its holder keeps it, the one in the Secret where it may stay, or a new one. */
        private @Nullable CertificateKey key() {
            return ordered.keyFingerprint() != null
                    ? null
                    : keyInUse().orElseGet(() -> CertificateKey.generate(ordered.keyAlgorithm()));
        }

        /** The key that was in use so far, if it is to stay and is of the kind that is declared. */
        private Optional<CertificateKey> keyInUse() {
            if (certificate.getSpec().privateKey().rotationPolicy() != RotationPolicy.Never || isCompromised()) {
                return Optional.empty();
            }
            return secrets.secret(certificate)
                    .or(() -> adopted.map(ForeignSecret::secret))
                    .or(() -> secrets.elsewhere(certificate).stream().findFirst())
                    .flatMap(KeptCertificate::key)
                    .filter(k -> k.algorithm().equals(Optional.of(ordered.keyAlgorithm())));
        }

        /** Whether the key in use is of a certificate that is to be revoked because others may have its key. */
        private boolean isCompromised() {
            var wish = certificate.getSpec().revocation();
            return wish != null
                    && wish.reason() == RevocationReason.KeyCompromise
                    && predecessor
                            .filter(kept -> kept.entry().issuedAt().isBefore(wish.issuedBefore()))
                            .isPresent();
        }

        private boolean isInUse(@Nullable CertificateKey key) {
            return key != null
                    && predecessor
                            .filter(kept -> kept.chain().matches(key.pair().getPublic()))
                            .isPresent();
        }

        /** The request to finalize with: the one that was given, or one that is signed by our key. */
        private byte[] request(Checkpoint checkpoint) throws InvalidNameException, InvalidRequestException {
            var key = checkpoint.key();
            return key == null
                    ? DeclaredRequest.of(certificate.getSpec()).orElseThrow().der()
                    : SigningRequest.der(key.pair(), ordered.names(), ordered.commonName());
        }

        /** The kept order, if it is still what is wanted; if not, it is given up. */
        private Optional<Checkpoint> resumable(AcmeAccount account) {
            var secret = checkpoints.secret(certificate);
            if (secret.isEmpty()) {
                return Optional.empty();
            }
            var checkpoint = Checkpoint.from(secret.get());
            if (checkpoint.isPresent()
                    && checkpoint.get().ordered().equals(ordered)
                    && account.url()
                            .getAuthority()
                            .equals(checkpoint.get().orderUrl().getAuthority())
                    && checkpoint.get().accountUrl().equals(account.url().toString())
                    && !(isCompromised() && isInUse(checkpoint.get().key()))) {
                return checkpoint;
            }
            checkpoint.ifPresent(this::abandon);
            checkpoints.drop(certificate);
            return Optional.empty();
        }

        /** The order at the CA. One that the CA does not give out any more is forgotten, so that another is placed. */
        private Optional<AcmeOrder> known(AcmeAccount account, Checkpoint checkpoint) throws AcmeFailure {
            try {
                return Optional.of(account.order(checkpoint.orderUrl()));
            } catch (AcmeFailure e) {
                boolean refused = e.kind() == AcmeFailure.Kind.BLOCKED && e.isDecision();
                if (!refused && !e.isNotThere()) {
                    throw e;
                }
                LOG.infof("Order %s cannot be gone on with: %s", checkpoint.orderUrl(), e.getMessage());
                recordAbandoned(checkpoint);
                checkpoints.drop(certificate);
                return Optional.empty();
            }
        }

        private void abandon(Checkpoint checkpoint) {
            recordAbandoned(checkpoint);
            // It may be of an account that was in use before.
            var its = accounts.open(granted.account(), checkpoint.accountUrl())
                    .filter(account -> account.url()
                            .getAuthority()
                            .equals(checkpoint.orderUrl().getAuthority()));
            if (its.isEmpty()) {
                return;
            }
            try {
                // By the solvers that are for its names now; it may be for names that are not wanted any more.
                var itsPlan =
                        Plan.of(checkpoint.ordered().names(), granted::challengeTypes, certificate, granted.account());
                proofs.cleanup(
                        certificate,
                        itsPlan,
                        its.get().order(checkpoint.orderUrl()).challenges(itsPlan::challengeType));
            } catch (AcmeFailure | SolverException e) {
                LOG.infof("Proofs of order %s could not be looked up: %s", checkpoint.orderUrl(), e.getMessage());
            }
        }

        /** Puts the proofs in place and waits for the CA's decision; returns when to come back if it has none yet. */
        private Optional<Instant> prove(AcmeOrder order)
                throws AcmeFailure, DnsException, Http01Exception, SolverException, InterruptedException {
            var challenges = order.challenges(plan::challengeType);
            boolean decided = order.state() != AcmeOrder.State.PENDING;
            boolean told = !decided && !order.needsProof();
            try {
                if (!decided) {
                    if (!told) {
                        proofs.present(certificate, plan, challenges);
                        told = true;
                        order.proofsAreReady(plan::challengeType);
                    }
                    var later = order.awaitProofs(stay());
                    if (later.isPresent()) {
                        decided = isGone();
                        return later;
                    }
                    decided = true;
                }
            } catch (AcmeFailure e) {
                decided = e.kind() == AcmeFailure.Kind.BLOCKED || e.kind() == AcmeFailure.Kind.CHALLENGE || isGone();
                throw e;
            } finally {
                // Undecided, the proofs stay: the CA may look at them any time. The next run takes them down.
                if (decided) {
                    proofs.cleanup(certificate, plan, challenges);
                } else if (!told) {
                    proofs.pause(certificate);
                }
            }
            if (order.state() == AcmeOrder.State.INVALID) {
                throw refused(order);
            }
            return Optional.empty();
        }

        /** An order that became INVALID is over: it is forgotten, so that the next attempt places another. */
        private AcmeFailure refused(AcmeOrder order) throws AcmeFailure {
            checkpoints.drop(certificate);
            return order.whyInvalid();
        }

        /** Whether the declaration was deleted: there is no next run. */
        private boolean isGone() {
            return now().isEmpty();
        }

        private Optional<ManagedCertificate> now() {
            return current.get()
                    .filter(c -> c.getMetadata()
                            .getUid()
                            .equals(certificate.getMetadata().getUid()))
                    .filter(c -> c.getMetadata().getDeletionTimestamp() == null);
        }

        /** How long to stay with the order: one that the CA has had for longer is only looked at. */
        private Duration stay() {
            return orderAge().compareTo(LONG_AT_WORK) < 0 ? STAY : Duration.ZERO;
        }

        private Duration orderAge() {
            return checkpoints
                    .secret(certificate)
                    .map(s -> Duration.between(Instant.parse(s.getMetadata().getCreationTimestamp()), clock.instant()))
                    .orElse(Duration.ZERO);
        }

        private Result later(String step, Instant asked) {
            return new Result.SetBack(Setback.waiting(step, asked, orderAge(), clock.instant()));
        }

        /**
         * Asks again, on what is known now: does the declaration still want this, and may it? The answer may have changed
         * since the reconcile began. Who goes through has a place within the limits of all subscriptions.
         */
        private Optional<Result> gate() throws InvalidNameException, InvalidRequestException {
            var now = now().filter(c -> !c.getSpec().suspend());
            if (now.isEmpty()) {
                return Optional.of(new Result.Outdated());
            }
            return switch (verdict.apply(now.get())) {
                case Denied denied -> Optional.of(new Result.NotEntitled(denied));
                case Granted g ->
                    Ordered.of(now.get(), g.account()).equals(ordered)
                                    && ObjectName.of(g.account()).equals(ObjectName.of(granted.account()))
                            ? limits.take(g.subscriptions(), uid()).map(Result.NoRoom::new)
                            : Optional.of(new Result.Outdated());
            };
        }

        private String uid() {
            return certificate.getMetadata().getUid();
        }

        private Result save(AcmeOrder order, Checkpoint checkpoint) throws AcmeFailure, SecretTakenException {
            var chain = PreferredChain.of(certificate, granted.account()).from(order);
            accounts.answered(granted.account());
            var kept = new KeptCertificate(
                    chain,
                    checkpoint.key(),
                    clock.instant().truncatedTo(ChronoUnit.SECONDS),
                    checkpoint.accountUrl(),
                    order.certificateUrl().toString(),
                    Objects.requireNonNullElse(ordered.profile(), ""),
                    granted.subscriptions().stream()
                            .map(s -> ObjectName.of(s).toString())
                            .toList(),
                    granted.validationType(),
                    predecessor
                            .map(before -> History.after(before, clock.instant()))
                            .or(() -> Optional.ofNullable(certificate.getStatus())
                                    .map(status -> History.of(status, clock.instant())))
                            .orElse(List.of()));
            var flaws = kept.shortcomings(ordered.wanted(), clock.instant());
            if (!flaws.isEmpty()) {
                limits.issued(granted.subscriptions(), uid());
                checkpoints.drop(certificate);
                return new Result.SetBack(Setback.useless(flaws));
            }
            if (wasGone || current.get().isEmpty()) {
                limits.issued(granted.subscriptions(), uid());
                return new Result.Outdated();
            }
            // On record before it is written: a Secret that cannot be written does not undo what the CA has issued.
            record(
                    AuditRecord.Type.CERTIFICATE_ISSUED,
                    Map.of(
                            "dnsNames", ordered.dnsNames(),
                            "ipAddresses", ordered.ipAddresses(),
                            "serialNumber", chain.serialNumber(),
                            "fingerprint", chain.fingerprint(),
                            "issuer", chain.issuer(),
                            "notAfter", chain.notAfter().toString(),
                            "orderUrl", order.url().toString(),
                            "accountUrl", checkpoint.accountUrl(),
                            "subscriptions", kept.subscriptions()));
            var secret = secrets.save(certificate, kept, adopted);
            // Not before: an order whose certificate cannot be written comes here again, and keeps its place till then.
            limits.issued(granted.subscriptions(), uid());
            record(
                    AuditRecord.Type.SECRET_WRITTEN,
                    Map.of("secret", ObjectName.of(secret).toString(), "adopted", adopted.isPresent()));
            return new Result.Issued(kept);
        }

        /**
         * The certificate to name as the one that is replaced: CAs exempt such orders from limits. Only within one account,
         * and not once an order was refused: it may have been for that.
         */
        private @Nullable X509Certificate replaces(AcmeAccount account) {
            boolean refused = Optional.ofNullable(certificate.getStatus())
                    .map(ManagedCertificateStatus::lastFailure)
                    .filter(failure -> failure.step().equals(Step.NEW_ORDER.label()))
                    .isPresent();
            return predecessor
                    .filter(_ -> !refused)
                    .filter(kept -> account.url().toString().equals(kept.accountUrl()))
                    .filter(kept -> kept.chain().names().stream().anyMatch(ordered.names()::contains))
                    .map(kept -> kept.chain().leaf())
                    .orElse(null);
        }

        /** Asks for the CA's directory, which is kept, only where a profile is wanted. */
        private OrderTerms terms(AcmeAccount account) throws AcmeFailure {
            return OrderTerms.of(
                    certificate, granted.account(), ordered.profile() == null ? Set.of() : account.profiles());
        }

        private @Nullable Instant notAfter() {
            try {
                return ordered.duration() == null
                        ? null
                        : clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(GoDuration.parse(ordered.duration()));
            } catch (InvalidDurationException e) {
                // The verdict compared it with maxDuration and would have said so.
                throw new IllegalStateException(e);
            }
        }

        private void recordAbandoned(Checkpoint checkpoint) {
            record(
                    AuditRecord.Type.ORDER_ABANDONED,
                    Map.of("orderUrl", checkpoint.orderUrl().toString()));
        }

        private void record(AuditRecord.Type type, Map<String, Object> data) {
            audit.record(type, certificate, data);
        }
    }
}
