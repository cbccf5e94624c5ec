package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caas.api.ValidationType;
import dev.caas.kube.Ownership;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Provider {@code SectigoSCM}: Sectigo Certificate Manager's REST API. What is a binding here is an ACME account there,
 * with MAC id and MAC key, and the ACME accounts that share it are that account's clients. There are no prices and no
 * terms: each domain has an end of its own.
 */
public final class SectigoScm implements PartnerApi {
    private static final int LONGEST_NAME = 128;
    private static final Pattern CLIENT = Pattern.compile("([0-9]{1,18})/([0-9]{1,18})");
    private static final Pattern CREATED = Pattern.compile(".*/account/([0-9]{1,18})/?");

    private final ScmRest rest;
    private final ScmAccounts accounts;
    private final int organizationId;

    /**
     * @param endpoint what comes before {@code /acme}
     * @param organizationId the organization that accounts are kept in; those of others are never looked at
     */
    public SectigoScm(PartnerHttp http, URI endpoint, int organizationId, PartnerCredentials<ScmLogin> credentials) {
        this.rest = new ScmRest(http, endpoint, credentials);
        this.accounts = new ScmAccounts(rest, organizationId);
        this.organizationId = organizationId;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(
                Capability.PRE_REGISTRATION,
                Capability.SERVERS,
                Capability.BINDINGS,
                Capability.ACCOUNTS,
                Capability.ACCOUNT_DEACTIVATION);
    }

    @Override
    public List<PartnerViews.Server> servers() throws PlatformFailure {
        return ScmRest.list(rest.get("/acme/v1/server")).stream()
                .map(server -> new PartnerViews.Server(
                        server.path("url").asText(), validationType(server), ScmText.of(server, "name")))
                .toList();
    }

    private static Optional<ValidationType> validationType(JsonNode server) {
        return switch (server.path("certValidationType").asText().toUpperCase(Locale.ROOT)) {
            case "DV" -> Optional.of(ValidationType.DV);
            case "OV" -> Optional.of(ValidationType.OV);
            default -> Optional.empty();
        };
    }

    /** There are no terms, so {@code years} makes no difference. */
    @Override
    public NewBinding preRegister(String server, String name, int years) throws PlatformFailure {
        var reply = rest.post(
                ScmAccounts.PATH,
                ScmRest.object()
                        .put("name", Ownership.shortened(name, LONGEST_NAME))
                        .put("acmeServer", server)
                        .put("organizationId", organizationId));
        // Only the number is taken from it: credentials go to the endpoint and nowhere else.
        var created = CREATED.matcher(reply.headers().firstValue("Location").orElse(""));
        if (!created.matches()) {
            throw unread("its reply has no Location that names it");
        }
        return binding(ScmAccounts.path(Long.parseLong(created.group(1))));
    }

    private NewBinding binding(String path) throws PlatformFailure {
        JsonNode account;
        try {
            account = rest.get(path).json();
        } catch (PlatformFailure e) {
            throw unread(e.text());
        }
        var keyId = ScmText.of(account, "macId").orElseThrow(() -> unread("it has no macId"));
        var macKey = ScmText.of(account, "macKey").orElseThrow(() -> unread("it has no macKey"));
        return new NewBinding(keyId, macKey);
    }

    private static PlatformFailure unread(String why) {
        return new PlatformFailure(
                Kind.UNKNOWN_OUTCOME, "the platform made an ACME account whose binding could not be read: " + why);
    }

    @Override
    public List<PartnerViews.Binding> bindings() throws PlatformFailure {
        return accounts.all().stream()
                .flatMap(account -> ScmText.of(account, "macId").stream())
                .map(keyId -> new PartnerViews.Binding(keyId, Optional.empty(), Optional.empty()))
                .toList();
    }

    /** {@inheritDoc} Lists leave MAC keys out: the account is read by itself. */
    @Override
    public Possession possession(String keyId, String macKey) throws PlatformFailure {
        var account = rest.get(ScmAccounts.path(accounts.of(keyId))).json();
        return ScmText.of(account, "macKey")
                .map(told -> MacKeys.areSame(told, macKey) ? Possession.PROVEN : Possession.DISPROVEN)
                .orElse(Possession.NOT_TOLD);
    }

    @Override
    public List<PartnerViews.Account> accounts(Optional<String> keyId) throws PlatformFailure {
        var all = new ArrayList<PartnerViews.Account>();
        for (var account : keyId.isPresent() ? List.of(accounts.of(keyId.get())) : accounts.all()) {
            all.addAll(clients(account));
        }
        return List.copyOf(all);
    }

    /** Those who registered with a binding; the binding itself, pending, while nobody has. */
    private List<PartnerViews.Account> clients(JsonNode account) throws PlatformFailure {
        var all = new ArrayList<PartnerViews.Account>();
        for (var client : ScmRest.list(rest.get(ScmAccounts.path(account) + "/client"))) {
            all.add(view(account, ScmAccounts.id(account) + "/" + ScmAccounts.id(client), client));
        }
        return all.isEmpty() ? List.of(view(account, Long.toString(ScmAccounts.id(account)), account)) : all;
    }

    private static PartnerViews.Account view(JsonNode account, String id, JsonNode client) {
        var status = client.path("status").asText();
        return new PartnerViews.Account(
                id,
                account.path("macId").asText(),
                ScmText.state(status),
                status,
                ScmText.of(client, "userAgent"),
                ScmText.shownTime(client, "lastActivity"));
    }

    @Override
    public List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure {
        var all = new ArrayList<PartnerViews.Domain>();
        for (var domain : ScmRest.list(rest.get(domainsOf(keyId)))) {
            all.add(new PartnerViews.Domain(domain.path("name").asText(), validUntil(domain)));
        }
        return List.copyOf(all);
    }

    /** An end that cannot be read is not taken for none. */
    private static Optional<Instant> validUntil(JsonNode domain) throws PlatformFailure {
        try {
            return ScmText.of(domain, "validUntil").map(ScmText::time);
        } catch (DateTimeException e) {
            throw new PlatformFailure(
                    Kind.UNKNOWN_OUTCOME, "the platform gives a domain a validUntil that is no time", e);
        }
    }

    @Override
    public PartnerViews.Cost quote(Purchase purchase) throws PlatformFailure {
        throw unsupported("no prices: what is added there costs what the contract says");
    }

    @Override
    public boolean isFree() {
        return false;
    }

    @Override
    public Optional<Duration> refundsWithin() {
        return Optional.empty();
    }

    @Override
    public PartnerViews.Receipt buy(Purchase purchase, Instant latest) throws PlatformFailure {
        return switch (purchase) {
            case Purchase.Domain domain -> add(domain, latest);
            case Purchase.Year year ->
                throw unsupported("no term that could be extended: each domain has an end of its own");
        };
    }

    private PartnerViews.Receipt add(Purchase.Domain domain, Instant latest) throws PlatformFailure {
        if (domain.withAssociated()) {
            throw unsupported("no associated names: subscribe www." + domain.name() + " by itself");
        }
        if (domain.anchor().isPresent()) {
            throw unsupported("no anchor order of a domain: it is the organization in SCM that is validated");
        }
        var reply = rest.post(domainsOf(domain.keyId()), named(domain.name()), latest);
        if (isAmong(domain.name(), reply, "notAddedDomains")) {
            throw new PlatformFailure(
                    Kind.REFUSED,
                    "the platform did not add " + domain.name() + ": in SCM it must be delegated to organization "
                            + organizationId + " and validated there");
        }
        return new PartnerViews.Receipt(Optional.empty(), Optional.empty());
    }

    @Override
    public void remove(String keyId, String domain) throws PlatformFailure {
        var reply = rest.delete(domainsOf(keyId), named(domain));
        if (isAmong(domain, reply, "notRemovedDomains")) {
            throw new PlatformFailure(
                    Kind.REFUSED, "the platform did not remove " + domain + ": look in SCM whether the account has it");
        }
    }

    private String domainsOf(String keyId) throws PlatformFailure {
        return ScmAccounts.path(accounts.of(keyId)) + "/domain";
    }

    private static ObjectNode named(String domain) {
        var body = ScmRest.object();
        body.putArray("domains").addObject().put("name", domain);
        return body;
    }

    /** Status 200 says nothing yet: what was not done is in the reply, as names or as objects that have one. */
    private static boolean isAmong(String domain, PartnerHttp.Reply reply, String field) throws PlatformFailure {
        return StreamSupport.stream(reply.json().path(field).spliterator(), false)
                .map(not -> not.isObject() ? not.path("name").asText() : not.asText())
                .anyMatch(domain::equalsIgnoreCase);
    }

    /** Deactivates a client of an account, which is all there is. */
    @Override
    public int act(Act act, Scope scope) throws PlatformFailure {
        if (act != Act.DEACTIVATE) {
            throw unsupported("no suspension: deactivate a client for ever, or remove its domains");
        }
        if (!(scope instanceof Scope.OneAccount(String id))) {
            throw unsupported("no deactivation of a whole binding or organization: deactivate its clients one by one");
        }
        var client = CLIENT.matcher(id);
        if (!client.matches() || !accounts.has(Long.parseLong(client.group(1)))) {
            throw new PlatformFailure(
                    Kind.REFUSED,
                    "organization " + organizationId + " has no client with that id: those of SCM are"
                            + " <account>/<client> in digits, as status.accounts lists them");
        }
        rest.put(ScmAccounts.path(Long.parseLong(client.group(1))) + "/client/" + Long.parseLong(client.group(2)));
        return 1;
    }

    @Override
    public int moveAnchor(String keyId, String from, String to) throws PlatformFailure {
        throw unsupported("no anchor order of a domain: it is the organization in SCM that is validated");
    }

    @Override
    public List<PartnerViews.Order> lastOrders(String keyId) throws PlatformFailure {
        throw unsupported("no list of an account's certificate orders");
    }

    private static PlatformFailure unsupported(String lack) {
        return new PlatformFailure(Kind.UNSUPPORTED, "provider SectigoSCM has " + lack);
    }
}
