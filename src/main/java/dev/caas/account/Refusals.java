package dev.caas.account;

import dev.caas.acme.AcmeFailure;
import dev.caas.api.CaaSAccountSpec;
import dev.caas.api.CaaSAccountSpec.ExternalAccountBinding;
import dev.caas.api.Reason;
import java.util.Locale;
import java.util.Optional;

/** Says what a failed registration means for the account, and what a person can do about it. Pure. */
final class Refusals {
    private Refusals() {}

    /** @param binding the account's binding, which whoever registers has */
    static Trouble of(AcmeFailure failure, CaaSAccountSpec spec, Optional<ExternalAccountBinding> binding) {
        var said = failure.detail();
        var server = spec.server();
        return switch (failure.kind()) {
            case UNREACHABLE ->
                Trouble.passing(
                        Reason.ServerUnreachable,
                        "cannot reach " + server + ": " + said + ". Check spec.server and the way out of the cluster.");
            case RETRY, CHALLENGE ->
                Trouble.passing(
                        Reason.ServerUnreachable,
                        server + " failed at " + failure.step().label() + ": " + said + ".");
            case UNTRUSTED ->
                Trouble.lasting(
                        Reason.UntrustedServer,
                        "the certificate of " + server + " is not trusted: " + said
                                + ". If the CA is private, put its root into spec.caBundle (base64 of PEM).");
            case ADDRESS_NOT_ALLOWED -> Trouble.lasting(Reason.AddressNotAllowed, said);
            case WAIT ->
                new Trouble(
                        Reason.RateLimited,
                        server + " asks to wait: " + said,
                        true,
                        failure.retryAfter().orElse(null));
            case PAUSED -> Trouble.lasting(Reason.CAPaused, said);
            case USER_ACTION ->
                Trouble.lasting(
                        Reason.TermsChanged,
                        "the CA wants a person to act, usually to agree to new terms of service: " + said);
            case ACCOUNT_UNKNOWN, BLOCKED ->
                switch (failure.step()) {
                    case DIRECTORY ->
                        Trouble.lasting(
                                Reason.ServerUnreachable,
                                "there is no ACME directory at " + server + ": " + said + ". Check spec.server.");
                    case NEW_ACCOUNT -> refusedBinding(said, binding.orElseThrow());
                    default ->
                        Trouble.lasting(
                                Reason.Failed,
                                server + " refused " + failure.step().label() + ": " + said + ".");
                };
        };
    }

    /** CAs answer both with unauthorized or malformed; only the text tells them apart. */
    private static Trouble refusedBinding(String said, ExternalAccountBinding binding) {
        var text = said.toLowerCase(Locale.ROOT);
        boolean unknownKeyId = text.contains("not known") || text.contains("unknown") || text.contains("no such");
        if (unknownKeyId) {
            return Trouble.lasting(
                    Reason.BindingUnknown,
                    "the CA does not know key id '" + binding.keyId() + "': " + said
                            + ". Check spec.externalAccountBinding.keyId against the CA platform.");
        }
        return Trouble.lasting(
                Reason.BindingRejected,
                "the CA refused the binding of key id '" + binding.keyId() + "': " + said
                        + ". Check the MAC key in Secret '"
                        + binding.macKeySecretRef().name() + "', key '"
                        + binding.macKeySecretRef().key() + "', macAlgorithm and contacts.");
    }
}
