package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.caas.account.Standstills;
import dev.caas.acme.AcmeFailure;
import dev.caas.acme.AcmeFailures;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccount;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that can go wrong at a CA, at every step, once and always: what it is taken for, what the status says, when
 * the next attempt is, and who else waits. The table is {@code failures.txt}; {@code classes.txt} says what a class means.
 */
class FailureTableTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofHours(3));
    private static final List<Row> ROWS = rows();
    private static final Map<String, Meaning> MEANINGS =
            lines("classes.txt").map(Meaning::of).collect(Collectors.toMap(Meaning::name, c -> c));

    /** RFC 8555 section 6.7. */
    private static final Set<String> TYPES = Set.of(
            ("accountDoesNotExist alreadyRevoked badCSR badNonce badPublicKey badRevocationReason badSignatureAlgorithm"
                            + " caa compound connection dns externalAccountRequired incorrectResponse invalidContact"
                            + " malformed orderNotReady rateLimited rejectedIdentifier serverInternal tls unauthorized"
                            + " unsupportedContact unsupportedIdentifier userActionRequired")
                    .split(" ", -1));

    /** A line of the table: what went wrong, and its class at each step. */
    record Row(String problem, String status, boolean after, Map<Step, String> cells) {
        AcmeFailure at(Step step) {
            if (status.equals("-") || problem.equals("garbage")) {
                return AcmeFailures.below(step, problem);
            }
            @Nullable Instant retryAfter = after ? LATER : null;
            int code = Integer.parseInt(status);
            if (problem.equals("no-document")) {
                return AcmeFailures.status(step, code, retryAfter);
            }
            var parts = problem.split(":", 2);
            var detail = parts.length == 2 ? "This account is " + parts[1] : "because";
            return AcmeFailures.problem(step, parts[0], detail, code, retryAfter);
        }

        @Override
        public String toString() {
            return problem + " " + status + (after ? " with Retry-After" : "");
        }
    }

    /** A class of failures, and what is done about it. */
    private record Meaning(
            String name,
            AcmeFailure.Kind kind,
            String reason,
            boolean stalled,
            Map<Integer, Duration> waits,
            String counts) {
        static Meaning of(String line) {
            var cells = words(line);
            return new Meaning(
                    cells.get(0),
                    AcmeFailure.Kind.valueOf(cells.get(1)),
                    cells.get(2),
                    cells.get(3).equals("yes"),
                    Map.of(
                            1, duration(cells.get(4)),
                            2, duration(cells.get(5)),
                            5, duration(cells.get(6)),
                            1_000, duration(cells.get(7))),
                    cells.get(8));
        }

        private static Duration duration(String text) {
            return Duration.parse("PT" + text);
        }
    }

    static Stream<Row> table() {
        return ROWS.stream();
    }

    @Test
    void theTableHasEveryTypeAndEveryStep() {
        assertThat(ROWS).extracting(Row::problem).containsAll(TYPES);
        assertThat(ROWS).allSatisfy(row -> assertThat(row.cells).containsOnlyKeys(Step.values()));
        assertThat(MEANINGS.values()).extracting(Meaning::kind).contains(AcmeFailure.Kind.values());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void isWhatTheTableSays(Row row) {
        assertAll(row.cells.entrySet().stream().map(cell -> matches(row, cell.getKey(), meaning(cell.getValue()))));
    }

    private static Meaning meaning(String name) {
        return Optional.ofNullable(MEANINGS.get(name))
                .orElseThrow(() -> new AssertionError("classes.txt has no " + name));
    }

    private static Executable matches(Row row, Step step, Meaning expected) {
        return () -> {
            var failure = row.at(step);
            var setback = Setback.of(failure);

            assertThat(failure.kind()).as("kind at " + step).isEqualTo(expected.kind);
            assertThat(setback.reason().name()).as("reason at " + step).isEqualTo(expected.reason);
            assertThat(setback.step()).isEqualTo(step.label());
            assertThat(setback.passing()).as("passing at " + step).isEqualTo(!expected.stalled);
            assertThat(setback.isFailure()).isTrue();
            expected.waits.forEach((attempt, wait) -> assertThat(setback.nextAttempt(attempt, NOW, new Unjittered()))
                    .as("attempt after " + attempt + " failures at " + step)
                    .isEqualTo(
                            row.after
                                    ? longer(expected, attempt)
                                    : NOW.plus(wait).plusSeconds(1)));
            assertThat(counting(failure)).as("whom it stops at " + step).isEqualTo(expected.counts);
        };
    }

    /** The CA said when, and is not asked before; nor sooner than the attempts are spaced. */
    private static Instant longer(Meaning expected, int attempt) {
        var spaced = NOW.plus(expected.waits.getOrDefault(attempt, Duration.ZERO));
        return (spaced.isAfter(LATER) ? spaced : LATER).plusSeconds(1);
    }

    /** Who else it makes wait, as the account's memory of it has it. */
    private static String counting(AcmeFailure failure) {
        if (failure.kind() == AcmeFailure.Kind.WAIT) {
            return Setback.of(failure).pace() == Setback.Pace.ACCOUNT ? "at-once" : "nobody";
        }
        if (!failure.isOutage()) {
            return "-";
        }
        if (stops(failure, "one")) {
            return "at-once";
        }
        return stops(failure, "one", "one") ? "any" : stops(failure, "one", "another") ? "another" : "nobody";
    }

    private static boolean stops(AcmeFailure failure, String... certificates) {
        var standstills = new Standstills(Clock.fixed(NOW, ZoneOffset.UTC), new Unjittered());
        var account = new CaaSAccount();
        account.setMetadata(
                new ObjectMetaBuilder().withNamespace("team").withName("acme").build());
        return Arrays.stream(certificates)
                .map(c -> standstills.failed(account, c, failure).isPresent())
                .reduce((_, last) -> last)
                .orElse(false);
    }

    private static final class Unjittered implements RandomGenerator {
        @Override
        public long nextLong() {
            return 0;
        }
    }

    private static List<Row> rows() {
        var heading = heading();
        return lines("failures.txt")
                .map(line -> {
                    var cells = words(line);
                    var bySteps = new HashMap<Step, String>();
                    for (int i = 0; i < heading.size(); i++) {
                        bySteps.put(heading.get(i), cells.get(i + 3));
                    }
                    return new Row(cells.get(0), cells.get(1), cells.get(2).equals("yes"), bySteps);
                })
                .toList();
    }

    /** The steps in the order of the columns. */
    private static List<Step> heading() {
        var labels = Stream.of(Step.values()).collect(Collectors.toMap(Step::label, s -> s));
        var last = text("failures.txt")
                .lines()
                .filter(l -> l.startsWith("#"))
                .toList()
                .getLast();
        return words(last).stream().filter(labels::containsKey).map(labels::get).toList();
    }

    private static List<String> words(String line) {
        return List.of(line.trim().split("\\s+", -1));
    }

    private static Stream<String> lines(String table) {
        return text(table).lines().filter(l -> !l.isBlank() && !l.startsWith("#"));
    }

    private static String text(String table) {
        try (var in = FailureTableTest.class.getResourceAsStream(table)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
