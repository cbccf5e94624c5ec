package dev.caas.challenge.http01;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Solver;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Lets the CA's requests for an order's tokens reach the responder, and sees to it that they do. */
public final class Http01Proofs {
    private final Routes routes;
    private final SelfCheck selfCheck;

    public Http01Proofs(Routes routes, SelfCheck selfCheck) {
        this.routes = routes;
        this.selfCheck = selfCheck;
    }

    /**
     * Opens the ways to the responder for the hosts of these challenges.
     *
     * @param answers the solver for each challenge
     */
    public void open(ManagedCertificate certificate, Map<AcmeOrder.Http01, Solver.Http01> answers)
            throws Http01Exception {
        if (!answers.isEmpty()) {
            routes.open(certificate, answers);
        }
    }

    /** Returns when every replica answers, and every host does as far as its solver wants that checked. */
    public void awaitAnswers(Map<AcmeOrder.Http01, Solver.Http01> answers)
            throws Http01Exception, InterruptedException {
        var checks = new LinkedHashMap<AcmeOrder.Http01, Solver.SelfCheck>();
        answers.forEach((challenge, solver) ->
                checks.put(challenge, Objects.requireNonNullElse(solver.selfCheck(), Solver.SelfCheck.standard())));
        selfCheck.await(checks);
    }

    /** Whether the ways of a certificate are open. */
    public boolean isOpen(ManagedCertificate certificate) {
        return routes.isOpen(certificate);
    }

    /** Closes the ways again; fine when they are not open. */
    public void close(ManagedCertificate certificate) {
        routes.close(certificate);
    }
}
