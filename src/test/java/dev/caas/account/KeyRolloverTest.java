package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.acme.AcmeFailures;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.KeyAlgorithm;
import dev.caas.kit.Specs;
import dev.caas.pki.CertificateKey;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When an account key is to be changed. */
class KeyRolloverTest {
    private static final Instant MADE = Instant.parse("2026-11-22T07:00:00Z");
    private static final CertificateKey KEY = CertificateKey.generate(KeyAlgorithm.ECDSA_P256);

    @Test
    void aKeyStaysWhereNothingIsSaid() {
        assertThat(KeyRollover.due(spec("{}"), made(MADE))).isEmpty();
    }

    @Test
    void aKeyMadeBeforeTheTimeIsChangedAtThatTime() {
        assertThat(KeyRollover.due(spec("rollKeyCreatedBefore: '2026-11-22T07:00:01Z'"), made(MADE)))
                .contains(MADE.plusSeconds(1));
    }

    @Test
    void aKeyMadeAtThatTimeOrLaterStays() {
        var spec = spec("rollKeyCreatedBefore: '2026-11-22T07:00:00Z'");

        assertThat(KeyRollover.due(spec, made(MADE))).isEmpty();
        assertThat(KeyRollover.due(spec, made(MADE.plusSeconds(1)))).isEmpty();
    }

    @Test
    void whatWasBegunIsBroughtToAnEndAtOnce() {
        var begun = made(MADE).rollingTo(new AccountKey.Next(KEY, MADE));

        assertThat(KeyRollover.due(spec("{}"), begun))
                .hasValueSatisfying(due -> assertThat(due).isBefore(MADE));
    }

    /** An earlier request for the same may have got through, whatever this one met with. */
    @ParameterizedTest
    @CsvSource({
        "rateLimited,         429, true",
        "serverInternal,      500, true",
        "badPublicKey,        400, true",
        "accountDoesNotExist, 400, true",
        "userActionRequired,  403, false"
    })
    void theCaIsAskedWhichKeyItHasAfterAFailureThatDoesNotTell(String type, int status, boolean asked) {
        var failure = AcmeFailures.problem(Step.KEY_CHANGE, type, "no", status, null);

        assertThat(KeyRollover.mayHaveBeenDone(failure)).isEqualTo(asked);
    }

    private static CaaSAccountSpec spec(String yaml) {
        return Specs.account(yaml);
    }

    private static AccountKey made(Instant when) {
        return new AccountKey(KEY, when, "https://ca.example/dir", "kid", null, List.of(), null, null);
    }
}
