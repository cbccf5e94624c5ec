package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Why the form API says no. Almost every business reason comes as 403 with the same type, so it is the free text that is
 * judged, and always quoted. (CaaS API guide, "Unsuccessful responses".) What has another form, such as a proxy's page, may
 * be said of something that was done.
 *
 * @param status HTTP status
 * @param detail the document's text, or the whole body where it is no such document
 * @param conclusive whether it tells that nothing was done: it is such a document, or refuses the login, or there was
 *     nothing to be done
 */
record ErrorDocument(int status, String detail, boolean conclusive) {
    private static final int UNAUTHORIZED = 401;
    private static final Pattern PAYMENT = Pattern.compile("funds|credit limit|pricing|\\bprices?\\b|debit");
    private static final Pattern TERM = Pattern.compile(
            "extension window|subscription.*(expired|has not|not (yet )?(started|active)|does not exist)");

    /** What does not exist, or is no value for, may be other things, too: a domain, an order. */
    private static final Pattern BINDING = Pattern.compile("account.*does not exist|(eab|binding).*does not exist"
            + "|'(acmeaccountid|eabkeyid)' argument is invalid");

    /** @param changes whether the request was to change something */
    static ErrorDocument of(PartnerHttp.Reply reply, boolean changes) {
        var documented = documented(reply);
        return new ErrorDocument(
                reply.status(),
                documented.orElseGet(reply::text),
                documented.isPresent() || reply.status() == UNAUTHORIZED || !changes);
    }

    private static Optional<String> documented(PartnerHttp.Reply reply) {
        try {
            JsonNode detail = new Fields(reply.json()).node("detail");
            return Optional.ofNullable(detail.textValue());
        } catch (PlatformFailure notJson) {
            return Optional.empty();
        }
    }

    Kind kind() {
        if (!conclusive) {
            return Kind.UNKNOWN_OUTCOME;
        }
        var text = detail.replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
        if (status == UNAUTHORIZED) {
            return Kind.UNAUTHORIZED;
        }
        if (PAYMENT.matcher(text).find()) {
            return Kind.PAYMENT;
        }
        if (TERM.matcher(text).find()) {
            return Kind.TERM;
        }
        return BINDING.matcher(text).find() ? Kind.UNKNOWN_BINDING : Kind.REFUSED;
    }

    /** @param secrets what must not be shown, though the server may have echoed it */
    PlatformFailure failure(String action, List<String> secrets) {
        return new PlatformFailure(
                kind(),
                "the platform " + (conclusive ? "refused " : "answered ") + action + " with " + status + ", \""
                        + Quotation.of(detail, secrets) + "\": " + advice());
    }

    private String advice() {
        return switch (kind()) {
            case UNAUTHORIZED ->
                "check loginName and loginPassword in the platform's credentials Secret, whether the"
                        + " login is locked or expired, and whether this cluster's address is allowed";
            case PAYMENT -> "check the reseller account's balance, credit limit and prices";
            case TERM ->
                "a term can be extended from 100 days before to 30 days after its end; after that a new account"
                        + " is needed";
            case UNKNOWN_BINDING -> "check the binding's key identifier, and that it belongs to this login";
            case UNKNOWN_OUTCOME ->
                "that is not the partner API's way to say no, and does not tell whether it was done: it is read back"
                        + " before it is asked again; check the endpoint, and the proxy before it";
            default ->
                switch (status) {
                    case 400 -> "the platform's API differs from the documented one, or a value is not to its liking";
                    case 404, 405 -> "check that the endpoint is the partner API's URL, with its path";
                    default -> "change what is asked for, or ask the platform's support";
                };
        };
    }
}
