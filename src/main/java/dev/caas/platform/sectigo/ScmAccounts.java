package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import java.util.ArrayList;
import java.util.List;

/** The ACME accounts of one organization: a list in pages, in which those of other organizations are never seen. */
final class ScmAccounts {
    static final String PATH = "/acme/v2/account";
    private static final int PAGE = 200;
    private static final int MOST_PAGES = 500;

    private final ScmRest rest;
    private final int organizationId;

    ScmAccounts(ScmRest rest, int organizationId) {
        this.rest = rest;
        this.organizationId = organizationId;
    }

    /** All of them. The list is read to its end: what seems absent may be bought or made again. */
    List<JsonNode> all() throws PlatformFailure {
        var all = new ArrayList<JsonNode>();
        for (int page = 0; page < MOST_PAGES; page++) {
            var reply =
                    rest.get(PATH + "?size=" + PAGE + "&position=" + all.size() + "&organizationId=" + organizationId);
            var accounts = ScmRest.list(reply);
            all.addAll(accounts);
            if (accounts.isEmpty() || all.size() >= total(reply)) {
                return all;
            }
        }
        throw new PlatformFailure(
                Kind.REFUSED,
                "organization " + organizationId + " has more than " + PAGE * MOST_PAGES
                        + " ACME accounts, or their list does not end: use an organization of its own");
    }

    /** The account that has this MAC id. */
    JsonNode of(String keyId) throws PlatformFailure {
        return all().stream()
                .filter(account -> account.path("macId").asText().equals(keyId))
                .findFirst()
                .orElseThrow(() -> new PlatformFailure(
                        Kind.UNKNOWN_BINDING,
                        "organization " + organizationId + " has no ACME account with MAC id " + keyId
                                + ": check keyId, and organizationId of the CaaSPlatform"));
    }

    /** Whether the account of this number is one of the organization. */
    boolean has(long id) throws PlatformFailure {
        return rest.get(path(id)).json().path("organizationId").asLong() == organizationId;
    }

    static String path(JsonNode account) throws PlatformFailure {
        return path(id(account));
    }

    static String path(long id) {
        return PATH + "/" + id;
    }

    /** The number by which Certificate Manager knows an account or a client. */
    static long id(JsonNode object) throws PlatformFailure {
        var id = object.path("id");
        if (!id.isIntegralNumber()) {
            throw new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME,
                    "the platform lists something without a numeric id: check that the endpoint is that of SCM");
        }
        return id.longValue();
    }

    /** How many there are in all; where that is not said, an empty page is the end. */
    private static long total(PartnerHttp.Reply reply) throws PlatformFailure {
        try {
            return reply.headers().firstValueAsLong("X-Total-Count").orElse(Long.MAX_VALUE);
        } catch (NumberFormatException e) {
            throw new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME, "the platform does not say in digits how many ACME accounts there are");
        }
    }
}
