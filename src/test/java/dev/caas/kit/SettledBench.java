package dev.caas.kit;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificateStatus.RenewalInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * {@code ./dev bench --settled [N] [rounds]}: what N certificates (10,000) cost that are issued and not due. The operator
 * is started over none, a tenth and all of them; prints what it asked of the API server and of the CA until it came to
 * rest and in a minute of rest, and its memory, as JSON and as a table. The certificates come from no order, but from a
 * CA of the kit's.
 */
public final class SettledBench {
    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration SLICE = Duration.ofSeconds(10);

    /** What the operator spreads its questions about renewal over. */
    private static final Duration RENEWAL_INFO_INTERVAL = Duration.ofHours(6);

    private final Stage stage;
    private final int rounds;
    private final Map<String, Object> figures = new LinkedHashMap<>();

    private SettledBench(Stage stage, int rounds) {
        this.stage = stage;
        this.rounds = rounds;
    }

    /** See {@link SettledBench}. */
    public static void main(String... args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
        Bench.ended(() -> {
            try (var stage = Stage.start(WorkFiles.fresh(Home.resolve("target/bench")))) {
                new SettledBench(stage, rounds).run(count);
            }
        });
    }

    /** One start over what is there. */
    private record Round(
            double secondsToRest,
            double cpuSeconds,
            double residentMegabytes,
            double residentMegabytesAfterRest,
            double acmeRequests,
            List<Long> renewalInfos,
            List<AuditedRequests.Request> toRest,
            List<AuditedRequests.Request> inRest) {}

    private void run(int count) throws IOException, InterruptedException {
        var window = tellRenewalInfo();
        try (var operator = OperatorProcess.start(settings())) {
            operator.awaitReady();
            var namespace = stage.namespace("bench");
            var contract = new Contract(stage, namespace, stage.authority()).signed(namespace + "." + Bind.ZONE);
            var account = Poll.untilPresent(
                    "the account is registered",
                    Duration.ofMinutes(1),
                    () -> stage.client().resources(CaaSAccount.class).inNamespace(namespace).list().getItems().stream()
                            .filter(a -> a.getStatus() != null && a.getStatus().accountUrl() != null)
                            .findFirst());
            var settled = new Settled(contract, "" + account.getStatus().accountUrl());
            operator.stop();
            measure("none", 0, operator);
            for (int target : List.of(count / 10, count)) {
                settled.fill(target);
                long start = System.nanoTime();
                operator.startAgain().awaitReady();
                settled.awaitTold();
                say("%d statuses written in %.0f s", target, (System.nanoTime() - start) / 1e9);
                operator.stop();
                settled.asked(window);
                operator.startAgain().awaitReady();
                settled.awaitScheduled(window);
                operator.stop();
                measure(Integer.toString(target), target, operator);
            }
        }
        System.out.println(new ObjectMapper().writeValueAsString(figures));
        System.out.println();
        figures.forEach((name, value) -> System.out.printf("%-36s %s%n", name, value));
    }

    /** Pebble knows no certificate that it has not issued, so the proxy answers in its place: none is due for weeks. */
    private RenewalInfo tellRenewalInfo() {
        var start = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofDays(75));
        var window = new RenewalInfo(start, start.plus(Duration.ofDays(2)), null);
        stage.acme()
                .on(Step.RENEWAL_INFO)
                .forEveryone()
                .answerWith(
                        200,
                        "application/json",
                        "{\"suggestedWindow\": {\"start\": \"%s\", \"end\": \"%s\"}}"
                                .formatted(window.windowStart(), window.windowEnd()),
                        Map.of("Retry-After", Long.toString(RENEWAL_INFO_INTERVAL.toSeconds())));
        return window;
    }

    private void measure(String what, int certificates, OperatorProcess operator) throws InterruptedException {
        var all = new ArrayList<Round>();
        for (int i = 1; i <= rounds; i++) {
            var round = round(operator);
            all.add(round);
            say(
                    "%s, round %d: at rest after %.1f s (%.1f s of processor), %.0f MB, a minute later %.0f MB",
                    what,
                    i,
                    round.secondsToRest,
                    round.cpuSeconds,
                    round.residentMegabytes,
                    round.residentMegabytesAfterRest);
        }
        var last = all.getLast();
        figures.put(what + ".secondsToRest", median(all, Round::secondsToRest));
        figures.put(what + ".cpuSecondsToRest", median(all, Round::cpuSeconds));
        figures.put(what + ".residentMegabytes", median(all, Round::residentMegabytes));
        figures.put(what + ".residentMegabytesAfterRest", median(all, Round::residentMegabytesAfterRest));
        figures.put(what + ".acmeRequests", median(all, Round::acmeRequests));
        figures.put(what + ".renewalInfosInTenSeconds", last.renewalInfos);
        figures.put(
                what + ".renewalInfosInTenSecondsIfEven",
                certificates * (double) SLICE.toMillis() / RENEWAL_INFO_INTERVAL.toMillis());
        figures.put(what + ".requestsToRest", AuditedRequests.byKind(last.toRest));
        figures.put(
                what + ".writes",
                last.toRest.stream().filter(AuditedRequests.Request::isWrite).count());
        figures.put(what + ".requestsInAMinuteOfRest", AuditedRequests.byKind(last.inRest));
    }

    private Round round(OperatorProcess operator) throws InterruptedException {
        var audited = AuditedRequests.of(stage.cluster(), "caas-operator/");
        long mark = audited.mark();
        long asked = acmeRequests();
        long start = System.nanoTime();
        operator.startAgain().awaitReady().awaitRest();
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpu = operator.cpuSeconds();
        long resident = operator.residentBytes();
        var toRest = audited.since(mark);
        long acmeRequests = acmeRequests() - asked;
        long atRest = audited.mark();
        var renewalInfos = renewalInfosInRest();
        var round = new Round(
                seconds,
                cpu,
                resident / 1e6,
                operator.residentBytes() / 1e6,
                acmeRequests,
                renewalInfos,
                toRest,
                audited.since(atRest));
        operator.stop();
        return round;
    }

    /** How many questions about renewal came in each slice of the rest. */
    private List<Long> renewalInfosInRest() throws InterruptedException {
        var counts = new ArrayList<Long>();
        for (var rested = Duration.ZERO; rested.compareTo(REST) < 0; rested = rested.plus(SLICE)) {
            long before = stage.acme().requests(Step.RENEWAL_INFO);
            Thread.sleep(SLICE);
            counts.add(stage.acme().requests(Step.RENEWAL_INFO) - before);
        }
        return counts;
    }

    private long acmeRequests() {
        return Stream.of(Step.values()).mapToLong(stage.acme()::requests).sum();
    }

    private OperatorProcess.Settings settings() {
        var installed = Chart.install(stage.client(), stage.dir("chart"), "namespaces: []\n");
        Path dir = stage.dir("operator");
        return OperatorProcess.Settings.of(
                        dir, stage.cluster().kubeconfigFor(installed.namespace(), installed.serviceAccount(), dir))
                .with("CAAS_OUTBOUND_PRIVATE_RANGES", "127.0.0.0/8");
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        var sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static void say(String format, Object... values) {
        System.out.printf(format + "%n", values);
    }
}
