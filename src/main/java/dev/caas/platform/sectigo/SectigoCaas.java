package dev.caas.platform.sectigo;

import dev.caas.api.ValidationType;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PartnerViews.Account.State;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The form API of CaaS: one URL, the action, its arguments and the login as a form, and JSON for an answer. (Vendor's
 * "CaaS API guide".) A binding goes by the id of the first ACME account that it was made with, which is its key
 * identifier. What an argument defaults to is never relied on where it makes a difference: the scope of acts, and
 * whether it is only a quote.
 */
public final class SectigoCaas implements PartnerApi {
    private static final int PAGE_SIZE = 100;

    /** More than any reseller has; ends the reading of a list whose server does not mind the page asked for. */
    private static final int MOST_PAGES = 1000;

    /** Issued, and issued but not yet collected. */
    private static final Set<String> VALID_STATUS_CODES = Set.of("6", "9");

    /** The vendor refunds a domain that is removed within 30 days of adding it. */
    private static final Duration REFUND = Duration.ofDays(30);

    private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-f]+");

    private final URI endpoint;
    private final PartnerCredentials<Credentials> credentials;
    private final PartnerHttp http;

    /** What it logs in with. It does not print. */
    public record Credentials(String loginName, String loginPassword) {
        @Override
        public String toString() {
            return "Credentials[hidden]";
        }
    }

    /** @param endpoint with its path, as in {@code https://host/products/!ACMEAdmin} */
    public SectigoCaas(URI endpoint, PartnerCredentials<Credentials> credentials, PartnerHttp http) {
        this.endpoint = endpoint;
        this.credentials = credentials;
        this.http = http;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.values());
    }

    @Override
    public List<PartnerViews.Server> servers() throws PlatformFailure {
        return list(new Form("LISTSERVERS"), "Servers").stream()
                .flatMap(server -> server.text("serverUrl").stream()
                        .map(url -> new PartnerViews.Server(
                                url,
                                server.text("certValidationType").flatMap(SectigoCaas::validationType),
                                server.text("productDescription"))))
                .toList();
    }

    /** {@inheritDoc} Bindings have no names here. */
    @Override
    public NewBinding preRegister(String server, String name, int years) throws PlatformFailure {
        var form = new Form("PREREGISTER").with("serverURL", server).with("years", Integer.toString(years));
        var account = list(form, "Accounts").stream().findFirst().orElseThrow(() -> unusable(form, "names no account"));
        return new NewBinding(required(form, account, "eabMACIDb64url"), required(form, account, "eabMACKeyb64url"));
    }

    @Override
    public List<PartnerViews.Binding> bindings() throws PlatformFailure {
        return list(new Form("LISTBINDINGS"), "Bindings").stream()
                .flatMap(binding -> binding.text("eabMACIDb64url").stream()
                        .map(keyId -> new PartnerViews.Binding(
                                keyId, binding.flag("reusable"), binding.instant("lastActivity"))))
                .toList();
    }

    @Override
    public Possession possession(String keyId, String macKey) throws PlatformFailure {
        var binding = list(new Form("LISTBINDINGS"), "Bindings").stream()
                .filter(b -> b.text("eabMACIDb64url").filter(keyId::equals).isPresent())
                .findFirst()
                .orElseThrow(() -> new PlatformFailure(
                        Kind.UNKNOWN_BINDING,
                        "the platform has no binding with key id '" + keyId + "'; take the key id from there"));
        return binding.text("eabMACKeyb64url")
                .map(told -> MacKeys.areSame(told, macKey) ? Possession.PROVEN : Possession.DISPROVEN)
                .orElse(Possession.NOT_TOLD);
    }

    @Override
    public List<PartnerViews.Account> accounts(Optional<String> keyId) throws PlatformFailure {
        var form = new Form("LISTACCOUNTS");
        keyId.ifPresent(id -> form.with("acmeAccountID", id).with("includeAdditionalAccounts", "Y"));
        return pages(form, "Accounts", "acmeAccountID").entrySet().stream()
                .map(entry -> account(entry.getKey(), entry.getValue(), keyId))
                .toList();
    }

    private static PartnerViews.Account account(String id, Fields account, Optional<String> keyId) {
        var status = account.text("accountStatus").orElse("");
        return new PartnerViews.Account(
                id,
                account.text("eabMACIDb64url").or(() -> keyId).orElse(id),
                state(status),
                status,
                account.text("userAgent"),
                account.instant("lastActivity"));
    }

    @Override
    public List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure {
        var form = new Form("LISTDOMAINS").with("acmeAccountID", keyId);
        var domains = new ArrayList<PartnerViews.Domain>();
        for (var entry : pages(form, "Domains", "domainName").entrySet()) {
            var domain = entry.getValue();
            var expiresAt = domain.instant("expiresAt");
            if (expiresAt.isEmpty() && domain.text("expiresAt").isPresent()) {
                // Taken for absent, it would mean that the domain never expires.
                throw unusable(form, "has an expiresAt that is no time");
            }
            domains.add(new PartnerViews.Domain(entry.getKey(), expiresAt));
        }
        return List.copyOf(domains);
    }

    @Override
    public PartnerViews.Cost quote(Purchase purchase) throws PlatformFailure {
        var form = form(purchase).with("quoteOnly", "Y");
        return new PartnerViews.Cost(done(form)
                .cost()
                .orElseThrow(() -> unusable(form, "has no price: cost and currency are missing or out of range")));
    }

    @Override
    public boolean isFree() {
        return false;
    }

    @Override
    public Optional<Duration> refundsWithin() {
        return Optional.of(REFUND);
    }

    /** {@inheritDoc} The length of a first term was said at pre-registration. */
    @Override
    public PartnerViews.Receipt buy(Purchase purchase, Instant latest) throws PlatformFailure {
        var receipt = done(form(purchase).with("quoteOnly", "N"), latest);
        return new PartnerViews.Receipt(receipt.text("orderNumber"), receipt.cost());
    }

    private static Form form(Purchase purchase) {
        return switch (purchase) {
            case Purchase.Domain domain -> {
                var form = new Form("ADDDOMAIN")
                        .with("acmeAccountID", domain.keyId())
                        .with("domainName", domain.name())
                        .with("addAssociatedFQDN", domain.withAssociated() ? "Y" : "N");
                domain.anchor().ifPresent(anchor -> form.with("ovAnchorOrderNumber", anchor));
                yield form;
            }
            case Purchase.Year year ->
                new Form("EXTENDDOMAINS").with("acmeAccountID", year.keyId()).with("years", "1");
        };
    }

    @Override
    public void remove(String keyId, String domain) throws PlatformFailure {
        done(new Form("REMOVEDOMAIN").with("acmeAccountID", keyId).with("domainName", domain));
    }

    @Override
    public int moveAnchor(String keyId, String from, String to) throws PlatformFailure {
        return updated(new Form("UPDATEDOMAINS")
                .with("acmeAccountID", keyId)
                .with("ovAnchorOrderNumber", to)
                .with("oldOVAnchorOrderNumber", from));
    }

    @Override
    public int act(Act act, Scope scope) throws PlatformFailure {
        var form = new Form(
                switch (act) {
                    case SUSPEND -> "SUSPENDACCOUNT";
                    case RESUME -> "UNSUSPENDACCOUNT";
                    case DEACTIVATE -> "DEACTIVATEACCOUNT";
                });
        return updated(
                switch (scope) {
                    case Scope.OneAccount account ->
                        form.with("acmeAccountID", account.id()).with("includeAdditionalAccounts", "N");
                    case Scope.Binding binding ->
                        form.with("acmeAccountID", binding.keyId()).with("includeAdditionalAccounts", "Y");
                    case Scope.Reseller reseller -> form.with("includeAdditionalAccounts", "*");
                });
    }

    /** {@inheritDoc} The platform answers domain by domain; those of one certificate are put together. */
    @Override
    public List<PartnerViews.Order> lastOrders(String keyId) throws PlatformFailure {
        var orders = new LinkedHashMap<String, PartnerViews.Order>();
        for (var row : list(new Form("GETLASTORDER").with("acmeAccountID", keyId), "Orders")) {
            var order = order(row);
            var key = order.serialNumber().orElseGet(() -> "row " + orders.size());
            orders.merge(key, order, SectigoCaas::together);
        }
        return List.copyOf(orders.values());
    }

    private static PartnerViews.Order order(Fields row) {
        return new PartnerViews.Order(
                row.text("serialNumber").flatMap(SectigoCaas::serialNumber),
                row.text("domainName").map(name -> name.toLowerCase(Locale.ROOT)).stream()
                        .toList(),
                row.text("statusCode").filter(VALID_STATUS_CODES::contains).isPresent(),
                row.instant("validNotAfter"),
                row.text("acmeAccountID"));
    }

    private static PartnerViews.Order together(PartnerViews.Order one, PartnerViews.Order other) {
        return new PartnerViews.Order(
                one.serialNumber(),
                Stream.concat(one.domains().stream(), other.domains().stream())
                        .distinct()
                        .toList(),
                one.valid() && other.valid(),
                one.notAfter(),
                one.accountId());
    }

    private static Optional<String> serialNumber(String written) {
        return Optional.of(written.replace(":", "").toLowerCase(Locale.ROOT).replaceFirst("^0+", ""))
                .filter(hex -> HEXADECIMAL.matcher(hex).matches());
    }

    private static Optional<ValidationType> validationType(String text) {
        return Stream.of(ValidationType.values())
                .filter(type -> type.name().equalsIgnoreCase(text))
                .findFirst();
    }

    private static State state(String status) {
        return switch (status.toLowerCase(Locale.ROOT)) {
            case "pending" -> State.PENDING;
            case "valid", "active" -> State.VALID;
            case "suspended" -> State.SUSPENDED;
            case "deactivated" -> State.DEACTIVATED;
            default -> State.OTHER;
        };
    }

    /**
     * Reads page after page until one is empty: a server may have smaller pages than those it is asked for. One that has no
     * pages answers the same again. Whatever moves between two pages meanwhile is there once.
     */
    private Map<String, Fields> pages(Form form, String list, String key) throws PlatformFailure {
        var all = new LinkedHashMap<String, Fields>();
        for (int page = 0; page < MOST_PAGES; page++) {
            var elements =
                    list(form.with("page", Integer.toString(page)).with("size", Integer.toString(PAGE_SIZE)), list);
            if (elements.isEmpty()) {
                return all;
            }
            int before = all.size();
            for (var element : elements) {
                all.put(required(form, element, key), element);
            }
            if (all.size() == before) {
                if (elements.size() < PAGE_SIZE) {
                    return all;
                }
                throw unusable(form, "repeats a page of its list when asked for the next");
            }
        }
        throw unusable(form, "is a list without end");
    }

    private List<Fields> list(Form form, String name) throws PlatformFailure {
        var answer = answer(form);
        if (!answer.hasList(name)) {
            throw unusable(form, "has no list " + name);
        }
        return answer.list(name).toList();
    }

    private int updated(Form form) throws PlatformFailure {
        return done(form).node("nRecordsUpdated").asInt(0);
    }

    /** The answer to something that says of itself that it was done. */
    private Fields done(Form form) throws PlatformFailure {
        return done(form, Instant.MAX);
    }

    private Fields done(Form form, Instant latest) throws PlatformFailure {
        var answer = answer(form, latest);
        if (!answer.isTrue("success")) {
            throw unusable(form, "does not say that it was done");
        }
        return answer;
    }

    private Fields answer(Form form) throws PlatformFailure {
        return answer(form, Instant.MAX);
    }

    private Fields answer(Form form, Instant latest) throws PlatformFailure {
        var login = credentials.current();
        var reply = http.send(
                HttpRequest.newBuilder(endpoint)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Accept", "application/json")
                        .POST(BodyPublishers.ofString(form.encoded(login)))
                        .build(),
                latest);
        if (!reply.isSuccess()) {
            throw ErrorDocument.of(reply, form.changes())
                    .failure(form.action, List.of(login.loginName(), login.loginPassword()));
        }
        return new Fields(reply.json());
    }

    private static String required(Form form, Fields fields, String name) throws PlatformFailure {
        return fields.text(name).orElseThrow(() -> unusable(form, "lacks " + name));
    }

    private static PlatformFailure unusable(Form form, String what) {
        return new PlatformFailure(
                Kind.UNKNOWN_OUTCOME,
                "the platform's answer to " + form.action + " " + what
                        + ": its API differs from the documented one, or the endpoint is another's");
    }

    /** A request, without the login until it is sent. */
    private static final class Form {
        private final String action;
        private final Map<String, String> arguments = new LinkedHashMap<>();

        Form(String action) {
            this.action = action;
        }

        Form with(String name, String value) {
            arguments.put(name, value);
            return this;
        }

        boolean changes() {
            return !action.startsWith("LIST") && !action.startsWith("GET") && !"Y".equals(arguments.get("quoteOnly"));
        }

        String encoded(Credentials login) {
            var all = new LinkedHashMap<String, String>();
            all.put("loginName", login.loginName());
            all.put("loginPassword", login.loginPassword());
            all.put("action", action);
            all.putAll(arguments);
            return all.entrySet().stream()
                    .map(argument -> encoded(argument.getKey()) + "=" + encoded(argument.getValue()))
                    .collect(Collectors.joining("&"));
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }
    }
}
