package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.Standstill;
import dev.caas.api.CaaSAccount;
import dev.caas.api.KeyAlgorithm;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.ManagedCertificateSpec;
import dev.caas.api.ManagedCertificateStatus;
import dev.caas.api.ManagedCertificateStatus.IssuedCertificate;
import dev.caas.api.Reason;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.Verdict;
import dev.caas.kit.Specs;
import dev.caas.pki.CertificateKey;
import dev.caas.pki.SigningRequest;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is done next for a certificate, whatever has been seen. */
class StepTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Granted GRANTED = new Granted(new CaaSAccount(), Map.of());
    private static final Denied DENIED = new Denied(Reason.NotSubscribed, "not subscribed", List.of());

    @Test
    void nothingThereIsOrdered() {
        assertThat(Step.next(world(certificate(false, null), GRANTED))).isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void whatIsNotEntitledIsNotOrdered() {
        assertThat(Step.next(world(certificate(false, null), DENIED))).isEqualTo(new Step.NotEntitled(DENIED));
    }

    @Test
    void aSatisfyingCertificateIsLeftAloneUntilItIsDueEvenIfNotEntitledAnyMore() {
        var due = NOW.plusSeconds(1);

        assertThat(Step.next(kept(certificate(false, null), DENIED, List.of(), due)))
                .isEqualTo(new Step.Settled(KEPT, due));
    }

    @Test
    void aCertificateIsRenewedFromTheMomentItIsDue() {
        assertThat(Step.next(kept(certificate(false, null), GRANTED, List.of(), NOW)))
                .isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void aCertificateThatFallsShortIsReplacedAlthoughItIsNotDue() {
        assertThat(Step.next(kept(
                        certificate(false, null),
                        GRANTED,
                        List.of("a name is missing"),
                        NOW.plus(Duration.ofDays(30)))))
                .isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void aSuspendedCertificateOrdersNothing() {
        assertThat(Step.next(world(certificate(true, null), GRANTED)))
                .isInstanceOfSatisfying(
                        Step.Blocked.class, b -> assertThat(b.reason()).isEqualTo(Reason.Suspended));
    }

    @Test
    void aFailedAttemptWaitsForTheNext() {
        var next = NOW.plusSeconds(60);

        assertThat(Step.next(world(certificate(false, status(1, next)), GRANTED)))
                .isEqualTo(new Step.Wait(next));
    }

    @Test
    void aChangedSpecIsTriedAtOnceAfterAFailure() {
        assertThat(Step.next(world(certificate(false, status(0, NOW.plusSeconds(60))), GRANTED)))
                .isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void aChangedAccountIsTriedAtOnceAfterAFailure() {
        var failed = certificate(false, status(1, NOW.plusSeconds(60)));
        var world = new Sight(failed, GRANTED, NOW).accountChanged().world();

        assertThat(Step.next(world)).isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void noOrderIsPlacedWhileThoseOfTheAccountStandStill() {
        var why = standstill(600);

        assertThat(Step.next(standingStill(certificate(false, null), why))).isEqualTo(new Step.StandStill(why));
        assertThat(Step.next(standingStill(certificate(false, status(1, NOW.plusSeconds(60))), why)))
                .isEqualTo(new Step.StandStill(why));
    }

    @Test
    void whatWasRefusedIsNotAskedForSoonerBecauseTheAccountStoodStillMeanwhile() {
        var next = NOW.plusSeconds(3600);

        assertThat(Step.next(standingStill(certificate(false, status(1, next)), standstill(600))))
                .isEqualTo(new Step.Wait(next));
    }

    private static Standstill standstill(int seconds) {
        return new Standstill(Reason.ServerUnreachable, "HTTP 503", NOW.plusSeconds(seconds), 2);
    }

    private static World standingStill(ManagedCertificate certificate, Standstill why) {
        return new Sight(certificate, GRANTED, NOW).standingStill(why).world();
    }

    @Test
    void aRenamedSecretMovesInsteadOfBeingOrdered() {
        var world =
                new Sight(certificate(false, null), DENIED, NOW).movedFrom(KEPT).world();

        assertThat(Step.next(world)).isEqualTo(new Step.Move(KEPT));
    }

    @Test
    void aSecretThatAnotherCertificateKeepsIsAConflictBeforeAnythingElse() {
        var world = new Sight(certificate(false, null), GRANTED, NOW)
                .rivalledBy(certificate(false, null))
                .world();

        assertThat(Step.next(world))
                .isInstanceOfSatisfying(
                        Step.Blocked.class, b -> assertThat(b.reason()).isEqualTo(Reason.SecretConflict));
    }

    @Test
    void anAttemptThatIsFurtherOffThanAnyEverIsWasWrittenByAClockThatWasAhead() {
        var tomorrow = certificate(false, status(1, NOW.plus(Duration.ofHours(26))));
        var nextYear = certificate(false, status(1, NOW.plus(Duration.ofDays(365))));

        assertThat(Step.next(world(tomorrow, GRANTED))).isInstanceOf(Step.Wait.class);
        assertThat(Step.next(world(nextYear, GRANTED))).isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void theCaIsAskedWhenToRenewInItsTimeAndNotAboutACertificateThatIsDueAnyhow() {
        var sight = new Sight(certificate(false, null), GRANTED, NOW).toAskAt(NOW);

        assertThat(Step.next(sight.keeping(KEPT, NOW.plusSeconds(60)).world())).isEqualTo(new Step.Ask(KEPT));
        assertThat(Step.next(sight.toAskAt(NOW.plusSeconds(1)).world()))
                .isEqualTo(new Step.Settled(KEPT, NOW.plusSeconds(1)));
        assertThat(Step.next(sight.toAskAt(NOW).keeping(KEPT, NOW).world())).isInstanceOf(Step.Issue.class);
    }

    @Test
    void whatIsToBeRevokedIsRevokedWhenItsReplacementIsInUse() {
        var former = new IssuedCertificate("a1", null, null, NOW.minusSeconds(60), NOW.plusSeconds(60), null);
        var sight = new Sight(certificate(false, null), DENIED, NOW).toRevoke(former);

        assertThat(Step.next(sight.keeping(KEPT, NOW.plusSeconds(60)).world()))
                .as("even if nothing may be ordered any more")
                .isEqualTo(new Step.Revoke(KEPT, List.of(former)));
        assertThat(Step.next(new Sight(certificate(false, null), GRANTED, NOW)
                        .toRevoke(former)
                        .keeping(KEPT, NOW)
                        .world()))
                .as("the replacement is due")
                .isInstanceOf(Step.Issue.class);
        assertThat(Step.next(new Sight(certificate(false, null), GRANTED, NOW)
                        .toRevoke(former)
                        .revokingNothingUntil(NOW.plusSeconds(30))
                        .keeping(KEPT, NOW.plusSeconds(60))
                        .world()))
                .as("the last attempt failed")
                .isEqualTo(new Step.Settled(KEPT, NOW.plusSeconds(30)));
    }

    private static final IssuedCertificate FORMER =
            new IssuedCertificate("a1", null, null, NOW.minusSeconds(60), NOW.plusSeconds(60), null);

    @Test
    void aFailedRevocationHoldsUpNoOrder() {
        for (var wish :
                List.of("revocation: {issuedBefore: '%s'}", "revocation: {issuedBefore: '%s', replace: false}")) {
            for (var shortcomings : List.of(List.<String>of(), List.of("it has expired"))) {
                var sight = new Sight(failed(wish, "revokeCert"), GRANTED, NOW)
                        .toRevoke(FORMER)
                        .revokingNothingUntil(NOW.plus(Duration.ofHours(20)))
                        .keeping(KEPT, NOW)
                        .fallingShort(shortcomings);

                assertThat(Step.next(sight.world())).isEqualTo(new Step.Issue(GRANTED));
            }
        }
    }

    @Test
    void aFailedOrderHoldsUpNoRevocation() {
        var wish = "revocation: {issuedBefore: '%s', replace: false}";
        var sight = new Sight(failed(wish, "newOrder"), GRANTED, NOW).toRevoke(FORMER);

        assertThat(Step.next(sight.keeping(KEPT, NOW).world())).isEqualTo(new Step.Revoke(KEPT, List.of(FORMER)));
        assertThat(Step.next(sight.revokingNothingUntil(NOW.plusSeconds(30)).world()))
                .isEqualTo(new Step.Wait(NOW.plus(Duration.ofHours(24))));
        assertThat(Step.next(sight.accountChanged().world()))
                .as("the account was put right")
                .isEqualTo(new Step.Revoke(KEPT, List.of(FORMER)));
    }

    @Test
    void whatIsToBeRevokedForGoodIsNotReplacedBecauseThatFailed() {
        var current = new IssuedCertificate(
                KEPT.chain().serialNumber(), null, null, NOW.minusSeconds(60), NOW.plusSeconds(60), null);
        var sight = new Sight(failed("revocation: {issuedBefore: '%s', replace: false}", "revokeCert"), GRANTED, NOW)
                .toRevoke(current)
                .revokingNothingUntil(NOW.plusSeconds(30))
                .keeping(KEPT, NOW)
                .fallingShort(List.of("a name is missing"));

        assertThat(Step.next(sight.world())).isEqualTo(new Step.Wait(NOW.plusSeconds(30)));
    }

    @Test
    void aRequestForAKeyThatIsCompromisedIsNotOrderedAgain() {
        var names = List.of("www.example.com");
        var kept = SelfSigned.kept(names, null, NOW.minusSeconds(60), NOW.plus(Duration.ofDays(90)));
        var compromised = Objects.requireNonNull(kept.key());
        var another = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);

        assertThat(Step.next(given(compromised, "KeyCompromise", kept)))
                .isInstanceOfSatisfying(Step.Blocked.class, b -> {
                    assertThat(b.reason()).isEqualTo(Reason.InvalidSpec);
                    assertThat(b.message()).contains("spec.csr").contains("Replace it");
                });
        assertThat(Step.next(given(another, "KeyCompromise", kept))).isEqualTo(new Step.Issue(GRANTED));
        assertThat(Step.next(given(compromised, "Superseded", kept))).isEqualTo(new Step.Issue(GRANTED));
    }

    private static World given(CertificateKey key, String reason, KeptCertificate kept) {
        var names = List.of("www.example.com");
        var request = "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder().encodeToString(SigningRequest.der(key.pair(), names, null))
                + "\n-----END CERTIFICATE REQUEST-----\n";
        var certificate = certificate(false, null);
        certificate.setSpec(Specs.of(
                ManagedCertificateSpec.class,
                Map.of(
                        "secretName",
                        "www-tls",
                        "dnsNames",
                        names,
                        "csr",
                        request,
                        "revocation",
                        Map.of("issuedBefore", NOW.toString(), "reason", reason))));
        return new Sight(certificate, GRANTED, NOW).keeping(kept, NOW).world();
    }

    /** The last attempt failed at a step, and the next is a day away. */
    private static ManagedCertificate failed(String wish, String step) {
        var certificate = declared(wish);
        certificate.setStatus(Specs.read(
                ManagedCertificateStatus.class,
                "{observedGeneration: 1, attempts: 6, nextAttempt: '%s', lastFailure: {time: '%s', step: %s, type: x, detail: y}}"
                        .formatted(NOW.plus(Duration.ofHours(24)), NOW, step)));
        return certificate;
    }

    @Test
    void aCertificateThatIsRevokedForGoodIsNotReplaced() {
        var revoked = KEPT.with(List.of(new IssuedCertificate(
                KEPT.chain().serialNumber(), null, null, NOW, KEPT.chain().notAfter(), NOW)));
        var shortcomings = List.of("The certificate was revoked.");

        var forGood = new Sight(declared("revocation: {issuedBefore: '%s', replace: false}"), GRANTED, NOW)
                .keeping(revoked, NOW)
                .fallingShort(shortcomings);
        var forNow = new Sight(declared("revocation: {issuedBefore: '%s'}"), GRANTED, NOW)
                .keeping(revoked, NOW)
                .fallingShort(shortcomings);

        assertThat(Step.next(forGood.world()))
                .isInstanceOfSatisfying(
                        Step.Blocked.class, b -> assertThat(b.reason()).isEqualTo(Reason.Revoked));
        assertThat(Step.next(forNow.world())).isInstanceOf(Step.Issue.class);
    }

    private static ManagedCertificate declared(String more) {
        var certificate = certificate(false, null);
        certificate.setSpec(
                Specs.certificate("secretName: www-tls\ndnsNames: [www.example.com]\n" + more.formatted(NOW)));
        return certificate;
    }

    /** A renewal may be far off, not entitled or failing; a file that a server is waiting for is none of that. */
    @Test
    void aMissingOutputFormatIsPutRightBeforeAnythingIsOrderedAndWhetherOrNotItMayBe() {
        for (var due : List.of(NOW.plusSeconds(1), NOW)) {
            for (var verdict : List.of(GRANTED, DENIED)) {
                assertThat(Step.next(kept(
                                certificate(true, status(1, NOW.plusSeconds(60))), verdict, List.of(), false, due)))
                        .isEqualTo(new Step.Repair(KEPT));
            }
        }
    }

    @Test
    void outputFormatsOfACertificateThatFallsShortComeWithTheNextOne() {
        assertThat(Step.next(kept(certificate(false, null), GRANTED, List.of("a name is missing"), false, NOW)))
                .isEqualTo(new Step.Issue(GRANTED));
    }

    /** Not even an order that is due: what came of it could not be kept. */
    @Test
    void nothingIsDoneForASecretThatCannotBeWritten() {
        var conflict = new Hindrance(Reason.SecretConflict, "immutable.");

        for (var due : List.of(NOW.plusSeconds(1), NOW)) {
            for (var shortcomings : List.of(List.<String>of(), List.of("a name is missing"))) {
                assertThat(Step.next(kept(
                                certificate(false, null), GRANTED, shortcomings, false, Optional.of(conflict), due)))
                        .isEqualTo(new Step.Blocked(Reason.SecretConflict, "immutable."));
            }
        }
    }

    @Test
    void aKeystoreWithoutPasswordHoldsUpNothing() {
        var missing = Optional.of(new Hindrance(Reason.SecretNotFound, "no password."));
        var later = NOW.plusSeconds(1);

        assertThat(Step.next(kept(certificate(false, null), GRANTED, List.of(), true, missing, later)))
                .isEqualTo(new Step.Settled(KEPT, later));
        assertThat(Step.next(kept(certificate(false, null), GRANTED, List.of(), true, missing, NOW)))
                .isEqualTo(new Step.Issue(GRANTED));
    }

    @Test
    void aFoundSecretThatSatisfiesIsAdoptedEvenIfNothingMayBeOrdered() {
        var foreign = new ForeignSecret(secret("kubernetes.io/tls").build(), Optional.empty(), Optional.of(KEPT));

        assertThat(Step.next(found(certificate(false, null), GRANTED, foreign)))
                .isEqualTo(new Step.Adopt(foreign, KEPT));
        assertThat(Step.next(found(certificate(true, null), DENIED, foreign))).isEqualTo(new Step.Adopt(foreign, KEPT));
    }

    @Test
    void forAFoundSecretThatDoesNotSatisfyACertificateIsOrdered() {
        var foreign = new ForeignSecret(secret("kubernetes.io/tls").build(), Optional.empty(), Optional.empty());

        assertThat(Step.next(found(certificate(false, null), GRANTED, foreign))).isEqualTo(new Step.Issue(GRANTED));
        assertThat(Step.next(found(certificate(false, null), DENIED, foreign))).isEqualTo(new Step.NotEntitled(DENIED));
    }

    @Test
    void aFoundSecretThatCannotBeAdoptedIsAConflictThatSaysWhy() {
        var owner = certificate(false, null);

        assertConflict(
                new ForeignSecret(secret("kubernetes.io/tls").build(), Optional.of(owner), Optional.of(KEPT)),
                "belongs to ManagedCertificate 'www'");
        assertConflict(
                new ForeignSecret(secret("Opaque").build(), Optional.empty(), Optional.of(KEPT)), "is of type Opaque");
        assertConflict(
                new ForeignSecret(
                        secret("kubernetes.io/tls").withImmutable(true).build(), Optional.empty(), Optional.of(KEPT)),
                "is immutable");
    }

    private static void assertConflict(ForeignSecret foreign, String message) {
        assertThat(Step.next(found(certificate(false, null), GRANTED, foreign)))
                .isInstanceOfSatisfying(Step.Blocked.class, b -> {
                    assertThat(b.reason()).isEqualTo(Reason.SecretConflict);
                    assertThat(b.message()).contains(message).contains("choose another spec.secretName, or delete");
                });
    }

    private static SecretBuilder secret(String type) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName("www-tls")
                .endMetadata()
                .withType(type);
    }

    private static final KeptCertificate KEPT = new KeptCertificate(
            SelfSigned.chain(NOW, NOW.plus(Duration.ofDays(90))),
            CertificateKey.generate(KeyAlgorithm.ECDSA_P256),
            null,
            null,
            null,
            null,
            List.of(),
            null,
            List.of());

    private static World world(ManagedCertificate certificate, Verdict verdict) {
        return found(certificate, verdict, null);
    }

    private static World found(ManagedCertificate certificate, Verdict verdict, @Nullable ForeignSecret foreign) {
        var sight = new Sight(certificate, verdict, NOW);
        return foreign == null ? sight.world() : sight.found(foreign).world();
    }

    private static World kept(ManagedCertificate certificate, Verdict verdict, List<String> shortcomings, Instant due) {
        return kept(certificate, verdict, shortcomings, true, due);
    }

    private static World kept(
            ManagedCertificate certificate, Verdict verdict, List<String> shortcomings, boolean hasForms, Instant due) {
        return kept(certificate, verdict, shortcomings, hasForms, Optional.empty(), due);
    }

    private static World kept(
            ManagedCertificate certificate,
            Verdict verdict,
            List<String> shortcomings,
            boolean hasForms,
            Optional<Hindrance> hindrance,
            Instant due) {
        var sight = new Sight(certificate, verdict, NOW).keeping(KEPT, due).fallingShort(shortcomings);
        hindrance.ifPresent(sight::hinderedBy);
        return hasForms ? sight.world() : sight.withoutForms().world();
    }

    private static ManagedCertificateStatus status(long observedGeneration, Instant nextAttempt) {
        return Specs.read(
                ManagedCertificateStatus.class,
                "{observedGeneration: %d, attempts: 1, nextAttempt: '%s'}".formatted(observedGeneration, nextAttempt));
    }

    private static ManagedCertificate certificate(boolean suspend, @Nullable ManagedCertificateStatus status) {
        var certificate = new ManagedCertificate();
        certificate.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName("www")
                .withGeneration(1L)
                .build());
        certificate.setSpec(Specs.certificate(
                "{secretName: www-tls, dnsNames: [www.example.com], suspend: %s}".formatted(suspend)));
        certificate.setStatus(status);
        return certificate;
    }
}
