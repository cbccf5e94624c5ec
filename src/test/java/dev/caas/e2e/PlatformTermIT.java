package dev.caas.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.CaaSPlatformSpec.Approval;
import dev.caas.api.Reason;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.FormCall;
import dev.caas.kit.TestNamespace;
import dev.caas.kube.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A term runs on while nothing may be ordered: whoever pays for it hears of its end, and has what was declared paid. */
@ExtendWith(CaasExtension.class)
class PlatformTermIT {
    private static final Duration IN_USE = Duration.ofDays(300);

    private TestNamespace namespace;
    private Reseller reseller;
    private CaaSAccount account;
    private Instant end;

    /** With 65 days left: within the window, and before the first warning. */
    @BeforeEach
    void given(TestNamespace namespace) {
        this.namespace = namespace;
        this.reseller = Reseller.of(namespace, Approval.Automatic);
        reseller.clock().pass(IN_USE.negated());
        this.account = reseller.account("");
        Expect.ready(reseller.client(), reseller.subscribe("domain", namespace.domain(), "{}"));
        reseller.clock().pass(IN_USE);
        this.end = reseller.platform().books().expiresAt(reseller.keyId()).orElseThrow();
    }

    @AfterEach
    void end() {
        reseller.close();
    }

    @Test
    void theTermOfASuspendedAccountIsExtendedAsDeclared() {
        suspend();
        var paidThrough = LocalDate.now(ZoneOffset.UTC).plusDays(200);

        Edit.spec(reseller.client(), account, "term: {paidThrough: '" + paidThrough + "'}");

        Expect.eventually(reseller.client(), account, a -> {
            assertThat(a.getStatus().term().expiresAt()).isEqualTo(end.plus(Duration.ofDays(365)));
            assertThat(Expect.ready(a).getReason()).isEqualTo(Reason.Suspended.name());
        });
        Expect.event(reseller.client(), account, Reason.TermExtended);
        assertThat(extensions()).hasSize(1);
    }

    @Test
    void theEndOfASuspendedAccountsTermIsWarnedOf() {
        suspend();
        assertThat(Expect.conditions(current()).get(Conditions.TERM_ENDING)).isEmpty();

        new LedgerSecret(namespace).endTermAt(Instant.now().plus(Duration.ofDays(25)));

        Expect.eventually(
                reseller.client(), account, a -> assertThat(warning(a)).contains("30 days at most"));
        Expect.event(reseller.client(), account, Reason.TermEnding);
    }

    @Test
    void theEndOfATermIsWarnedOfWhileThePlatformIsSuspended() {
        Edit.spec(reseller.client(), reseller.declared(), "state: Suspended\nconfirm: " + namespace.name());
        Expect.reason(reseller.client(), account, Reason.Suspended);
        assertThat(Expect.conditions(current()).get(Conditions.TERM_ENDING)).isEmpty();

        new LedgerSecret(namespace).endTermAt(Instant.now().plus(Duration.ofDays(25)));

        Expect.eventually(
                reseller.client(),
                account,
                a -> assertThat(warning(a))
                        .contains("30 days at most")
                        .contains("nothing can be extended meanwhile: CaaSPlatform '" + namespace.name()
                                + "' is suspended"));
        Expect.event(reseller.client(), account, Reason.TermEnding);
        assertThat(extensions()).isEmpty();
    }

    private void suspend() {
        Edit.spec(reseller.client(), account, "state: Suspended");
        Expect.reason(reseller.client(), account, Reason.Suspended);
    }

    private CaaSAccount current() {
        return reseller.client().resource(account).require();
    }

    private static String warning(CaaSAccount account) {
        return Expect.conditions(account)
                .get(Conditions.TERM_ENDING)
                .orElseThrow()
                .getMessage();
    }

    private List<FormCall> extensions() {
        return reseller.platform().calls("EXTENDDOMAINS").stream()
                .filter(call -> !call.isQuote())
                .toList();
    }
}
