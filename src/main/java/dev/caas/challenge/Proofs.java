package dev.caas.challenge;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import dev.caas.challenge.dns01.DnsException;
import dev.caas.challenge.http01.Http01Exception;
import dev.caas.challenge.http01.Http01Proofs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Puts the proofs of an order's challenges in place, each by its solver, and takes them down. */
public final class Proofs {
    private final Dns01Proofs dns;
    private final Http01Proofs http;

    public Proofs(Dns01Proofs dns, Http01Proofs http) {
        this.dns = dns;
        this.http = http;
    }

    /** Returns when the CA may look at all proofs. */
    public void present(ManagedCertificate certificate, Plan plan, List<AcmeOrder.Challenge> challenges)
            throws SolverException, DnsException, Http01Exception, InterruptedException {
        // The routes first: an ingress controller takes them up while the records are being published.
        var answers = answers(plan, challenges);
        http.open(certificate, answers);
        dns.present(records(plan, challenges));
        http.awaitAnswers(answers);
    }

    /** Takes down what {@link #present} put up: nobody has to look at it any more. */
    public void cleanup(ManagedCertificate certificate, Plan plan, List<AcmeOrder.Challenge> challenges) {
        http.close(certificate);
        dns.cleanup(records(plan, challenges));
    }

    /** Takes down what must not stay although it may be needed again: the way to the responder. */
    public void pause(ManagedCertificate certificate) {
        http.close(certificate);
    }

    /** Whether the way to the responder is open for a certificate: the CA may ask for it. */
    public boolean isOpen(ManagedCertificate certificate) {
        return http.isOpen(certificate);
    }

    private static Map<AcmeOrder.Dns01, PlacedSolver> records(Plan plan, List<AcmeOrder.Challenge> challenges) {
        var records = new LinkedHashMap<AcmeOrder.Dns01, PlacedSolver>();
        for (var challenge : challenges) {
            if (challenge instanceof AcmeOrder.Dns01 dns01) {
                records.put(dns01, Objects.requireNonNull(plan.solvers().get(dns01.name())));
            }
        }
        return records;
    }

    private static Map<AcmeOrder.Http01, Solver.Http01> answers(Plan plan, List<AcmeOrder.Challenge> challenges) {
        var answers = new LinkedHashMap<AcmeOrder.Http01, Solver.Http01>();
        for (var challenge : challenges) {
            if (challenge instanceof AcmeOrder.Http01 http01) {
                var solver = Objects.requireNonNull(plan.solvers().get(http01.name()));
                answers.put(http01, Objects.requireNonNull(solver.solver().http01()));
            }
        }
        return answers;
    }
}
