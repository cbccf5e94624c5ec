package dev.caas.certificate;

import dev.caas.acme.AcmeFailure;
import dev.caas.acme.Step;
import dev.caas.api.CaaSAccount;
import dev.caas.api.ManagedCertificate;
import dev.caas.api.Reason;
import dev.caas.kube.ObjectName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an order asks for besides names: a profile (draft-ietf-acme-profiles) and an end of validity. CAs refuse either in
 * several ways; this says which field to correct, and what there is to choose from. Pure.
 *
 * @param profile the profile asked for, or null
 * @param profileField where it is declared, for people
 * @param duration the duration asked for, or null
 * @param offered the profiles that the CA's directory lists
 */
record OrderTerms(
        @Nullable String profile,
        String profileField,
        @Nullable String duration,
        Set<String> offered) {
    private static final String INVALID_PROFILE = "urn:ietf:params:acme:error:invalidProfile";

    /** What this declaration asks for under this account. */
    static OrderTerms of(ManagedCertificate certificate, CaaSAccount account, Set<String> offered) {
        var own = certificate.getSpec().profile();
        return new OrderTerms(
                own != null ? own : account.getSpec().profile(),
                own != null ? "spec.profile" : "spec.profile of CaaSAccount " + ObjectName.of(account),
                certificate.getSpec().duration(),
                offered);
    }

    /** What is known beforehand to be refused: a profile that the CA does not list. It is not asked for then. */
    Optional<Setback> obstacle() {
        return profile == null || offered.contains(profile)
                ? Optional.empty()
                : Optional.of(refusal(
                        INVALID_PROFILE,
                        "the CA offers no profile '" + profile + "', so nothing was ordered; " + advice(),
                        List.of()));
    }

    /** What a refused order failed for, as far as the CA's answer tells. */
    Setback refused(AcmeFailure failure) {
        var said = failure.detail().toLowerCase(Locale.ROOT);
        if (profile != null && (failure.type().equals(INVALID_PROFILE) || said.contains("profile"))) {
            return refusal(
                    failure.type(),
                    failure.detail() + "; the order asked for profile '" + profile + "': " + advice(),
                    failure.subproblems());
        }
        if (duration != null
                && (said.contains("notafter") || said.contains("notbefore") || said.contains("validity"))) {
            return refusal(
                    failure.type(),
                    failure.detail() + "; the order asked for a validity of " + duration
                            + ": change spec.duration, or remove it to get what the CA gives by default",
                    failure.subproblems());
        }
        return Setback.of(failure);
    }

    private String advice() {
        return offered.isEmpty()
                ? "remove it from " + profileField + ", the CA offers none"
                : "set " + profileField + " to one of those that it offers: "
                        + String.join(", ", new TreeSet<>(offered));
    }

    private static Setback refusal(String type, String detail, List<String> subproblems) {
        return new Setback(
                Reason.InvalidSpec, Setback.Pace.LATER, Step.NEW_ORDER.label(), type, detail, subproblems, null);
    }
}
