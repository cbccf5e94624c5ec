package dev.caas.certificate;

import dev.caas.account.Accounts;
import dev.caas.account.Standstill;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.Reason;
import dev.caas.audit.AuditLog;
import dev.caas.audit.AuditRecord;
import dev.caas.challenge.Plan;
import dev.caas.challenge.Proofs;
import dev.caas.challenge.SolverException;
import dev.caas.challenge.http01.Hosts;
import dev.caas.challenge.http01.Responder;
import dev.caas.challenge.http01.Routes;
import dev.caas.entitlement.AccountId;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.Granted;
import dev.caas.kube.Begin;
import dev.caas.kube.Conditions;
import dev.caas.kube.Departures;
import dev.caas.kube.EventRecorder;
import dev.caas.kube.Finalizers;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.ObjectName;
import dev.caas.kube.SecretStore;
import dev.caas.kube.SecretTakenException;
import dev.caas.kube.StatusWriter;
import dev.caas.platform.Ledger;
import dev.caas.platform.Platforms;
import dev.caas.subscription.LimitReached;
import dev.caas.subscription.Limits;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Keeps a ManagedCertificate issued: sees, decides ({@link Step}), and acts on the one step that was decided. */
@ApplicationScoped
@ControllerConfiguration(name = "managedcertificate", informer = @Informer(informerListLimit = 500))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 300_000)
public class CertificateReconciler implements Reconciler<ManagedCertificate> {
    private static final Logger LOG = Logger.getLogger(CertificateReconciler.class);

    /** Events wake a blocked certificate; this is for what gives none, such as the end of a term. */
    private static final Duration LOOK_AGAIN = Duration.ofHours(1);

    /** A certificate that stops to claim a Secret wakes nobody else who names it; looking costs no request. */
    private static final Duration LOOK_FOR_RIVAL_AGAIN = Duration.ofSeconds(10);

    /** Nor does anything tell that a Secret in the way is gone; looking costs a read. */
    private static final Duration LOOK_AT_FOREIGN_AGAIN = Duration.ofMinutes(5);

    /** Timers may lose their way when a clock jumps or a machine sleeps; looking costs no request. */
    private static final Duration LOOK_AT_CLOCK_AGAIN = Duration.ofHours(6);

    private static final int DESKS = 20;
    private static final int MOST_APART_MS = 1_000;
    /** Nor that a keystore's password is there, or is another; looking costs a read. */
    private static final Duration LOOK_FOR_PASSWORD_AGAIN = Duration.ofMinutes(1);

    private static final Duration LOOK_AT_PASSWORD_AGAIN = Duration.ofHours(1);

    private static final Duration SOMEBODY_WAS_FASTER = Duration.ofMillis(100);

    private static final String BY_SERIAL = "serial";

    private final Accounts accounts;
    private final Ledger ledger;
    private final SecretStore secretStore;
    private final StatusWriter statuses;
    private final EventRecorder events;
    private final AuditLog audit;
    private final Clock clock;
    private final RandomGenerator random;
    private final Begin begin;
    private final Platforms platforms;
    private final Limits limits;
    private final NamespaceLabels labels;
    private final Optional<AccountId> defaultAccount;
    private final Checkpoints checkpoints;
    private final CertificateSecrets secrets;
    private final Adoption adoption;
    private final Issuance issuance;
    private final Revocations revocations;
    private final Departure departure;
    private final Repairs repairs;
    private final RenewalInfos renewalInfos;
    private final Proofs proofs;
    private final Responder responder;
    private final Routes routes;
    private final Hosts hosts = new Hosts();
    private final TriedUnder tried;
    private final Unrevoked unrevoked;
    private final Map<ObjectName, IssuanceQueue> queues = new ConcurrentHashMap<>();

    /** Reconciles are not limited in number: so many are looked into at once. One being issued does not count. */
    private final Semaphore desks = new Semaphore(DESKS, true);

    private @Nullable Contracts contracts;
    private @Nullable Observer observer;
    private @Nullable Underway underway;
    private @Nullable Departures<ManagedCertificate> departures;

    public CertificateReconciler(
            Accounts accounts,
            Ledger ledger,
            SecretStore secretStore,
            StatusWriter statuses,
            Finalizers finalizers,
            EventRecorder events,
            AuditLog audit,
            Proofs proofs,
            Responder responder,
            Routes routes,
            Platforms platforms,
            Limits limits,
            NamespaceLabels labels,
            DefaultAccount defaultAccount,
            Clock clock,
            RandomGenerator random,
            Begin begin) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.secretStore = secretStore;
        this.statuses = statuses;
        this.events = events;
        this.audit = audit;
        this.clock = clock;
        this.random = random;
        this.begin = begin;
        this.proofs = proofs;
        this.responder = responder;
        this.routes = routes;
        this.platforms = platforms;
        this.limits = limits;
        this.labels = labels;
        this.defaultAccount = defaultAccount.id();
        this.checkpoints = new Checkpoints(secretStore);
        this.secrets = new CertificateSecrets(secretStore);
        this.adoption = new Adoption(secrets, events, audit);
        this.tried = new TriedUnder(clock);
        this.unrevoked = new Unrevoked(clock);
        this.issuance = new Issuance(accounts, checkpoints, secrets, proofs, limits, audit, clock);
        this.revocations = new Revocations(accounts, events, audit, clock);
        this.departure = new Departure(accounts, secrets, revocations, finalizers, events, audit, random);
        this.repairs = new Repairs(clock);
        this.renewalInfos = new RenewalInfos(clock, random);
    }

    /** The certificate in use, and those before it. */
    private static List<String> serials(ManagedCertificate certificate) {
        return Optional.ofNullable(certificate.getStatus()).stream()
                .flatMap(s -> Stream.concat(
                        Stream.ofNullable(s.serialNumber()),
                        s.history().stream().map(h -> h.serial())))
                .toList();
    }

    @Override
    public List<EventSource<?, ManagedCertificate>> prepareEventSources(
            EventSourceContext<ManagedCertificate> context) {
        var certificates = context.getPrimaryCache();
        certificates.addIndexer(Observer.BY_SECRET, Observer::secretOf);
        certificates.addIndexer(Underway.BY_HOST, Underway::hosts);
        certificates.addIndexer(BY_SERIAL, CertificateReconciler::serials);
        certificates.addIndexer(IssuedUnder.BY_SUBSCRIPTION, IssuedUnder::subscriptions);
        accounts.askAboutUse(subscription ->
                !certificates.byIndex(IssuedUnder.BY_SUBSCRIPTION, subscription).isEmpty());
        platforms.askAboutSerials(
                serial -> !certificates.byIndex(BY_SERIAL, serial).isEmpty());
        var triggers = new Triggers(context, defaultAccount, secretStore, routes, labels);
        contracts = new Contracts(
                triggers.accounts(),
                triggers.subscriptions(),
                labels,
                accounts,
                ledger,
                platforms,
                defaultAccount,
                clock);
        limits.ask(new IssuedUnder(certificates, secrets, checkpoints, contracts));
        observer = new Observer(
                certificates,
                contracts,
                accounts,
                secrets,
                checkpoints,
                adoption,
                repairs,
                renewalInfos,
                tried,
                unrevoked,
                proofs,
                clock);
        var answering = new Underway(certificates, contracts, accounts, routes, clock);
        underway = answering;
        responder.answerFor(answering::thumbprint);
        accounts.askAboutOrders(checkpoints::isAnyOf);
        accounts.askAboutRevocations(url -> certificates.list().anyMatch(c -> hasToRevoke(c, url)));
        var seeingOff = new Departures<ManagedCertificate>(
                "certificate-departures",
                Departure.FINALIZER,
                certificates::get,
                certificate -> depart(statuses.newest(certificate)),
                this::forget,
                begin);
        departures = seeingOff;
        return List.of(
                triggers.accounts(), triggers.subscriptions(), triggers.namespaces(), triggers.secrets(), seeingOff);
    }

    /** Whether an account has still to revoke something of this certificate. */
    private boolean hasToRevoke(ManagedCertificate certificate, String accountUrl) {
        var now = clock.instant();
        boolean departing = certificate.isMarkedForDeletion()
                && certificate.hasFinalizer(Departure.FINALIZER)
                && certificate.getSpec().deletionPolicy() == ManagedCertificateSpec.DeletionPolicy.Revoke;
        var what = departing ? leaving(certificate, now).kept() : observer().kept(certificate, now);
        return what.stream()
                .flatMap(kept ->
                        departing ? Revocations.valid(kept, now) : Revocations.pending(certificate, kept, now).stream())
                .anyMatch(entry -> accountUrl.equals(entry.accountUrl()));
    }

    @Override
    public UpdateControl<ManagedCertificate> reconcile(ManagedCertificate cached, Context<ManagedCertificate> context)
            throws InterruptedException {
        try (var turn = departures().turn(cached)) {
            desks.acquire();
            try {
                var again = reconciled(statuses.newest(cached), context.getPrimaryCache(), turn);
                return UpdateControl.<ManagedCertificate>noUpdate()
                        .rescheduleAfter(again.isNegative() ? Duration.ZERO : again);
            } finally {
                desks.release();
            }
        }
    }

    /** Returns when to look again. */
    private Duration reconciled(
            ManagedCertificate certificate, IndexedResourceCache<ManagedCertificate> certificates, Departures.Turn turn)
            throws InterruptedException {
        var world = observer().see(departure.prepare(certificate));
        departure.note(world.certificate(), world.kept(), () -> revoker(world.certificate(), world.kept()));
        var line = StatusLine.of(world);
        var step = Step.next(world);
        if (!(step instanceof Step.Issue || step instanceof Step.Wait || step instanceof Step.StandStill)) {
            // Whatever an order that was under way still needed: it is not gone on with.
            proofs.pause(world.certificate());
        }
        var again = switch (step) {
            case Step.Settled settled -> settle(world, line, settled);
            case Step.Ask ask -> ask(world, ask);
            case Step.Revoke revoke -> revoke(world, line, revoke);
            case Step.Repair repair -> repair(world, line, repair);
            case Step.Adopt adopt -> adopt(world, line, adopt);
            case Step.Move move -> move(world, line, move);
            case Step.Blocked blocked -> block(world, line, blocked.reason(), blocked.message());
            case Step.NotEntitled notEntitled -> deny(world, line, notEntitled.denied());
            case Step.Wait wait -> hold(world, line, wait);
            case Step.StandStill standStill -> standStill(world, line, standStill.why());
            case Step.Issue issue -> issue(world, line, issue, certificates, turn);
        };
        return sooner(sooner(again, untilExpiry(world)), untilRevocation(world));
    }

    /** Whoever is going gets done what its policy says. */
    private Optional<Duration> depart(ManagedCertificate certificate) throws InterruptedException {
        var now = clock.instant();
        return departure.depart(certificate, () -> leaving(certificate, now), names(certificate), now);
    }

    /** What one that is going has, or had last: what is revoked already may not be noted in its Secret. */
    private Departure.Holding leaving(ManagedCertificate certificate, Instant now) {
        var last = departure.last(certificate);
        var seen = observer().kept(certificate, now);
        var kept = last.kept()
                .filter(k -> seen.filter(s -> !s.chain().equals(k.chain())).isEmpty())
                .or(() -> seen);
        boolean isAccountThere = contracts().accountOf(certificate, kept).isPresent();
        return new Departure.Holding(kept, revoker(certificate, kept), isAccountThere);
    }

    /** The account that a certificate is under, or was when that was there. Another one is the last resort. */
    private Optional<CaaSAccount> revoker(ManagedCertificate certificate, Optional<KeptCertificate> kept) {
        return contracts()
                .issuerOf(certificate, kept)
                .or(() -> departure.last(certificate).account())
                .or(() -> contracts().accountOf(certificate, kept));
    }

    private void forget(ManagedCertificate gone) {
        renewalInfos.forget(gone);
        repairs.forget(gone);
        unrevoked.forget(gone);
        departure.forget(gone);
        limits.giveBack(gone.getMetadata().getUid());
        limits.released(contracts().subscriptions(IssuedUnder.subscriptions(gone)));
    }

    private Revocations.Names names(ManagedCertificate certificate) {
        return names -> contracts().refusal(certificate, names);
    }

    /** Whatever else is waited for, Ready must not outlive the certificate. */
    private static Optional<Duration> untilExpiry(World world) {
        return world.isSatisfied()
                ? world.kept()
                        .map(k -> Duration.between(world.now(), k.chain().notAfter())
                                .plusSeconds(1))
                : Optional.empty();
    }

    /** Whatever else is waited for, a revocation that failed is tried again when its time has come. */
    private Optional<Duration> untilRevocation(World world) {
        return unrevoked
                .restUntil(world.certificate())
                .filter(_ -> !world.toRevoke().isEmpty())
                .map(rest -> Duration.between(world.now(), rest).plusMillis(1));
    }

    private Duration settle(World world, StatusLine line, Step.Settled settled) {
        if (world.hasCheckpoint()) {
            checkpoints.drop(world.certificate());
            limits.giveBack(world.certificate().getMetadata().getUid());
        }
        if (world.verdict() instanceof Denied denied && !isOnItsWay(denied)) {
            tell(world, denied);
        }
        statuses.write(
                world.certificate(),
                world.verdict() instanceof Denied denied && world.toRevoke().isEmpty()
                        ? line.settledButNotEntitled(denied.reason(), denied.message())
                        : settledLine(world, line));
        dropRoutes(world);
        return sooner(
                sooner(Duration.between(world.now(), settled.until()).plusMillis(1), untilPasswords(world)),
                repairs.restUntil(world.certificate())
                        .map(rest -> Duration.between(world.now(), rest).plusMillis(1))
                        .or(() -> Optional.of(LOOK_AT_CLOCK_AGAIN)));
    }

    /** All is well, but for what cannot be revoked yet, or keystores whose password is not there. */
    private ManagedCertificateStatus settledLine(World world, StatusLine line) {
        if (!world.toRevoke().isEmpty()) {
            return line.settledButNotRevoked();
        }
        var hindrance = world.hindrance();
        if (hindrance.isEmpty()) {
            return line.settled();
        }
        if (isNews(world.certificate(), hindrance.get().reason())) {
            events.warning(
                    world.certificate(),
                    hindrance.get().reason(),
                    "Settle",
                    hindrance.get().message());
        }
        return line.settledBut(hindrance.get());
    }

    /** When the passwords of keystores are looked at again; empty for a certificate without keystores. */
    private static Optional<Duration> untilPasswords(World world) {
        return Optional.ofNullable(world.certificate().getSpec().keystores())
                .map(k -> world.hindrance().isPresent() ? LOOK_FOR_PASSWORD_AGAIN : LOOK_AT_PASSWORD_AGAIN);
    }

    private static Duration sooner(Duration wait, Optional<Duration> other) {
        return other.filter(o -> o.compareTo(wait) < 0).orElse(wait);
    }

    /** What the answer is, the next look tells. */
    private Duration ask(World world, Step.Ask ask) {
        observer()
                .teller(world.certificate(), ask.kept(), world.verdict())
                .ifPresent(account -> awayFromDesk(() -> renewalInfos.ask(world.certificate(), ask.kept(), account)));
        return Duration.ZERO;
    }

    /** Gives the desk to others while a CA is asked: one that does not answer must not keep them from work. */
    private <T, E extends Exception> T awayFromDesk(Errand<T, E> errand) throws E {
        desks.release();
        try {
            return errand.run();
        } finally {
            desks.acquireUninterruptibly();
        }
    }

    /** Something that takes its time. */
    private interface Errand<T, E extends Exception> {
        T run() throws E;
    }

    private Duration revoke(World world, StatusLine line, Step.Revoke revoke) throws InterruptedException {
        var certificate = world.certificate();
        var wish = Objects.requireNonNull(certificate.getSpec().revocation(), "what is revoked was declared so");
        var outcome = awayFromDesk(() -> revocations.revoke(
                certificate,
                revoke.kept(),
                revoke.certificates(),
                wish.reason(),
                contracts().accountOf(certificate, world.kept()),
                names(certificate)));
        var secret = secrets.secret(certificate);
        if (secret.isPresent() && !outcome.kept().equals(revoke.kept())) {
            try {
                secrets.mark(certificate, secret.get(), outcome.kept());
            } catch (KubernetesClientException e) {
                // The CA knows, and says so when it is asked again.
                if (outcome.setback().isEmpty()) {
                    return e.getCode() == HttpURLConnection.HTTP_CONFLICT
                            ? SOMEBODY_WAS_FASTER
                            : notRevoked(world, line, Setback.notRevoked(e));
                }
            }
        }
        if (outcome.setback().isPresent()) {
            return notRevoked(
                    world, line.knowing(outcome.kept()), outcome.setback().get());
        }
        unrevoked.forget(certificate);
        return Duration.ZERO;
    }

    /** What else there is to do does not wait for that. */
    private Duration notRevoked(World world, StatusLine line, Setback setback) {
        var certificate = world.certificate();
        int attempts = unrevoked.inARow(certificate) + 1;
        var next = failed(world, setback, "Revoke", attempts);
        unrevoked.failed(certificate, attempts, next);
        statuses.write(certificate, line.notRevoked(setback, attempts, next, proofs.isOpen(certificate)));
        return Duration.ZERO;
    }

    /** Routes that an earlier spec needed. One that stays harms nobody, and the next look tries again. */
    private void dropRoutes(World world) {
        if (world.verdict() instanceof Granted granted) {
            try {
                routes.retain(world.certificate(), hosts(world.certificate(), granted));
            } catch (KubernetesClientException e) {
                LOG.warnf("Routes of %s were left behind: %s", ObjectName.of(world.certificate()), e.getMessage());
            }
        }
    }

    private static Set<String> hosts(ManagedCertificate certificate, Granted granted) {
        try {
            return plan(certificate, granted).hosts();
        } catch (SolverException e) {
            return Set.of();
        }
    }

    private Duration repair(World world, StatusLine line, Step.Repair repair) {
        var secret = secrets.secret(world.certificate());
        if (secret.isEmpty()) {
            return Duration.ZERO;
        }
        try {
            var written = secrets.mark(world.certificate(), secret.get(), repair.kept());
            recordWritten(world, written);
            boolean asWritten = secrets.isComplete(world.certificate(), written, repair.kept());
            if (!repairs.done(world.certificate(), asWritten)) {
                LOG.warnf("Secret %s does not stay as it is written", ObjectName.of(written));
            }
            return Duration.ZERO;
        } catch (KubernetesClientException e) {
            return notWritten(world, line, e);
        }
    }

    private Duration adopt(World world, StatusLine line, Step.Adopt adopt) {
        try {
            adoption.takeOver(world.certificate(), adopt.foreign(), adopt.kept());
        } catch (KubernetesClientException e) {
            return notWritten(world, line, e);
        }
        secrets.elsewhere(world.certificate()).forEach(secrets::delete);
        return Duration.ZERO;
    }

    /** Where somebody else was faster, what there is to do is seen anew; what the API server refuses is told. */
    private Duration notWritten(World world, StatusLine line, KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_CONFLICT
                ? SOMEBODY_WAS_FASTER
                : setBack(world, line, Setback.of(e));
    }

    private Duration move(World world, StatusLine line, Step.Move move) {
        try {
            recordWritten(world, secrets.save(world.certificate(), move.kept(), world.foreign()));
            world.foreign().ifPresent(adopted -> adoption.warnOfOwners(world.certificate(), adopted));
            secrets.elsewhere(world.certificate()).forEach(secrets::delete);
            return Duration.ZERO;
        } catch (SecretTakenException e) {
            return setBack(world, line, Setback.of(e));
        } catch (KubernetesClientException e) {
            return notWritten(world, line, e);
        }
    }

    private void recordWritten(World world, Secret secret) {
        audit.record(
                AuditRecord.Type.SECRET_WRITTEN,
                world.certificate(),
                Map.of(
                        "secret",
                        ObjectName.of(secret).toString(),
                        "adopted",
                        world.foreign().isPresent()));
    }

    private Duration block(World world, StatusLine line, Reason reason, String message) {
        if (isNews(world.certificate(), reason)) {
            events.warning(world.certificate(), reason, "Issue", message);
        }
        statuses.write(world.certificate(), line.blocked(reason, message));
        if (world.rival().isPresent()) {
            return LOOK_FOR_RIVAL_AGAIN;
        }
        return world.foreign().isPresent() || world.hindrance().isPresent() ? LOOK_AT_FOREIGN_AGAIN : LOOK_AGAIN;
    }

    private Duration deny(World world, StatusLine line, Denied denied) {
        if (isOnItsWay(denied)) {
            statuses.write(world.certificate(), line.pending(denied.reason(), denied.message()));
            return LOOK_AGAIN;
        }
        tell(world, denied);
        statuses.write(world.certificate(), line.blocked(denied.reason(), denied.message()));
        return LOOK_AGAIN;
    }

    /** Looked at again when the period ends, and now and then before: an order may have given its place back. */
    private Duration waitForRoom(World world, StatusLine line, Granted granted, LimitReached why) {
        var denied = why.denied(granted);
        tell(world, denied, Conditions.RECONCILING);
        statuses.write(world.certificate(), line.waitingUntil(why.resetsAt(), denied.reason(), denied.message()));
        var reset = Duration.between(world.now(), why.resetsAt()).plusMillis(1 + random.nextInt(MOST_APART_MS));
        return sooner(reset, Optional.of(LOOK_AGAIN));
    }

    /** No refusal: everything may have been applied at once, and account and subscription come first. */
    private static boolean isOnItsWay(Denied denied) {
        return denied.reason() == Reason.AccountNotReady || denied.reason() == Reason.Pending;
    }

    private void tell(World world, Denied denied) {
        tell(world, denied, Conditions.STALLED);
    }

    /** Once, until the condition of that type has another reason. */
    private void tell(World world, Denied denied, String condition) {
        if (isNews(world.certificate(), condition, denied.reason())) {
            audit.record(
                    AuditRecord.Type.CERTIFICATE_DENIED,
                    world.certificate(),
                    Map.of(
                            "reason", denied.reason().name(),
                            "names",
                                    denied.names().stream()
                                            .map(n -> Map.of(
                                                    "name", n.name(),
                                                    "reason", n.reason().name(),
                                                    "message", n.message()))
                                            .toList()));
            events.warning(world.certificate(), denied.reason(), "Deny", denied.message());
        }
    }

    /** Whether this declaration has not been blocked for this reason before. */
    private static boolean isNews(ManagedCertificate certificate, Reason reason) {
        return isNews(certificate, Conditions.STALLED, reason);
    }

    private static boolean isNews(ManagedCertificate certificate, String condition, Reason reason) {
        return Optional.ofNullable(certificate.getStatus()).stream()
                .flatMap(s -> s.conditions().stream())
                .noneMatch(c -> c.getType().equals(condition)
                        && c.getReason().equals(reason.name())
                        && certificate.getMetadata().getGeneration().equals(c.getObservedGeneration()));
    }

    private Duration hold(World world, StatusLine line, Step.Wait wait) {
        line.waitingOn(proofs.isOpen(world.certificate()))
                .ifPresent(status -> statuses.write(world.certificate(), status));
        return Duration.between(world.now(), wait.until()).plusMillis(1);
    }

    /** All come back when the time is up, in an order that is another each time: one that always fails is not always first. */
    private Duration standStill(World world, StatusLine line, Standstill why) {
        if (world.verdict() instanceof Granted granted) {
            statuses.write(
                    world.certificate(),
                    line.standingStill(ObjectName.of(granted.account()), why, proofs.isOpen(world.certificate())));
        }
        return Duration.between(world.now(), why.until()).plusMillis(1 + random.nextInt(MOST_APART_MS));
    }

    private Duration issue(
            World world,
            StatusLine line,
            Step.Issue issue,
            IndexedResourceCache<ManagedCertificate> certificates,
            Departures.Turn turn)
            throws InterruptedException {
        // Whether there is room changes with every order: the gate asks for good, this spares those a place in the
        // queue
        // who would not get through it.
        var reached = limits.reached(
                issue.granted().subscriptions(),
                world.certificate().getMetadata().getUid());
        if (reached.isPresent()) {
            return waitForRoom(world, line, issue.granted(), reached.get());
        }
        Plan plan;
        try {
            plan = plan(world.certificate(), issue.granted());
        } catch (SolverException e) {
            return setBack(world, line, Setback.of(e));
        }
        var holder = new Hosts.Holder(
                ObjectName.of(issue.granted().account()),
                world.certificate().getMetadata().getNamespace());
        var claim = underway().isBusy(plan.hosts(), world.certificate(), holder)
                ? Optional.<Hosts.Claim>empty()
                : hosts.claim(plan.hosts(), holder);
        if (claim.isEmpty()) {
            return setBack(world, line, Setback.busy(plan.hosts()));
        }
        try (var _ = claim.get()) {
            return issue(world, line, issue, plan, certificates, turn);
        }
    }

    private Duration issue(
            World world,
            StatusLine line,
            Step.Issue issue,
            Plan plan,
            IndexedResourceCache<ManagedCertificate> certificates,
            Departures.Turn turn)
            throws InterruptedException {
        // Shown while the order is under way, which does not wait for it.
        var shown = new Shown(() -> statuses.write(world.certificate(), line.issuing()));
        var id = ResourceID.fromResource(world.certificate());
        var account = issue.granted().account();
        boolean doubtful = accounts.isDoubtful(account);
        if (!doubtful) {
            shown.begin();
        }
        var queue = queues.computeIfAbsent(ObjectName.of(account), a -> new IssuanceQueue());
        Issuance.Result result;
        desks.release();
        // One that is deleted while it waits for a slot is seen off meanwhile.
        try (var _ = turn.giveWay(() -> queue.acquire(
                priority(world),
                id.getNamespace().orElseThrow(),
                doubtful ? 1 : account.getSpec().concurrentOrders()))) {
            result = issuance.run(
                    world.certificate(),
                    issue.granted(),
                    plan,
                    world.foreign(),
                    world.kept(),
                    () -> certificates.get(id),
                    current -> contracts().verdict(current),
                    () -> {
                        shown.begin();
                        queue.resize(account.getSpec().concurrentOrders());
                    });
        } finally {
            desks.acquireUninterruptibly();
        }
        var after = world.after(shown.end(world.certificate()), clock.instant());
        var afterLine = line.after(after.certificate(), after.now());
        return switch (result) {
            case Issuance.Result.Issued issued -> issued(after, afterLine, issued.kept());
            case Issuance.Result.NotEntitled notEntitled -> deny(after, afterLine, notEntitled.denied());
            case Issuance.Result.NoRoom noRoom -> waitForRoom(after, afterLine, issue.granted(), noRoom.why());
            case Issuance.Result.StandsStill standsStill -> standStill(after, afterLine, standsStill.why());
            case Issuance.Result.SetBack setBack -> setBack(after, afterLine, setBack.setback());
            case Issuance.Result.Outdated outdated -> Duration.ofMillis(100);
        };
    }

    private static IssuanceQueue.Priority priority(World world) {
        boolean soon = world.kept()
                .map(Life::of)
                .filter(life -> world.now().isAfter(life.comfortableUntil()))
                .isPresent();
        return soon
                ? IssuanceQueue.Priority.EXPIRES_SOON
                : world.isSatisfied() ? IssuanceQueue.Priority.RENEWAL : IssuanceQueue.Priority.FIRST_ISSUE;
    }

    private static Plan plan(ManagedCertificate certificate, Granted granted) throws SolverException {
        return Plan.of(granted.byName().keySet(), granted::challengeTypes, certificate, granted.account());
    }

    private Duration issued(World world, StatusLine line, KeptCertificate kept) {
        // Asked here, the CA's window does not cost a status of its own.
        var info = observer()
                .teller(world.certificate(), kept, world.verdict())
                .flatMap(account -> awayFromDesk(() -> renewalInfos.ask(world.certificate(), kept, account)));
        var certificate = statuses.write(world.certificate(), settledLine(world, line.keeping(kept, info)));
        checkpoints.drop(certificate);
        secrets.elsewhere(certificate).forEach(secrets::delete);
        world.foreign().ifPresent(adopted -> adoption.warnOfOwners(certificate, adopted));
        var names = kept.chain().names();
        events.normal(
                certificate,
                Reason.Issued,
                "Issue",
                "Certificate " + kept.chain().serialNumber() + " for " + names.first()
                        + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "") + ", valid until "
                        + kept.chain().notAfter() + ", is in Secret '"
                        + certificate.getSpec().secretName() + "'");
        if (world.verdict() instanceof Granted granted) {
            PreferredChain.of(certificate, granted.account())
                    .complaint(kept.chain())
                    .ifPresent(note -> events.warning(certificate, Reason.ChainNotOffered, "Issue", note));
        }
        dropRoutes(world);
        // What is next may be soon: what was replaced may have to be revoked.
        return Duration.ZERO;
    }

    private Duration setBack(World world, StatusLine line, Setback setback) {
        int attempts = line.failedAttempts() + (setback.isFailure() ? 1 : 0);
        var next = failed(world, setback, "Issue", attempts);
        var certificate = world.certificate();
        statuses.write(certificate, line.setBack(setback, attempts, next, proofs.isOpen(certificate)));
        return Duration.between(world.now(), next).plusMillis(1);
    }

    /** Puts on record what failed; returns when the next attempt is. */
    private Instant failed(World world, Setback setback, String action, int attempts) {
        var certificate = world.certificate();
        var next = setback.nextAttempt(Math.max(attempts, 1), world.now(), random);
        if (world.verdict() instanceof Granted granted) {
            tried.failed(ObjectName.of(certificate), granted.account());
        }
        if (setback.pace() == Setback.Pace.ACCOUNT && world.verdict() instanceof Granted granted) {
            next = accounts.waitUntil(ObjectName.of(granted.account()), setback.message(), next);
        }
        if (setback.isFailure()) {
            audit.record(
                    AuditRecord.Type.CERTIFICATE_FAILED,
                    certificate,
                    Map.of(
                            "reason", setback.reason().name(),
                            "step", setback.step(),
                            "type", setback.type(),
                            "detail", setback.detail(),
                            "attempts", attempts,
                            "nextAttempt", next.toString()));
            events.warning(certificate, setback.reason(), action, setback.message());
        }
        return next;
    }

    private Departures<ManagedCertificate> departures() {
        return Objects.requireNonNull(departures, "event sources are prepared before anything is reconciled");
    }

    private Observer observer() {
        return Objects.requireNonNull(observer, "event sources are prepared before anything is reconciled");
    }

    private Underway underway() {
        return Objects.requireNonNull(underway, "event sources are prepared before anything is reconciled");
    }

    private Contracts contracts() {
        return Objects.requireNonNull(contracts, "event sources are prepared before anything is reconciled");
    }
}
