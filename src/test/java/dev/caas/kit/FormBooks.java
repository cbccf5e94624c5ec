package dev.caas.kit;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What the stand-in of the form API knows and does: the vendor's rules for bindings, terms, money and states. Adding a
 * domain that is there already is charged again, so whoever repeats an addition pays for it.
 */
public final class FormBooks {
    private static final Duration REFUNDED_WITHIN = Duration.ofDays(30);
    private static final int DAYS_A_YEAR = 365;
    private static final int DEFAULT_PAGE_SIZE = 50;

    private final Clock clock;
    private final Map<String, String> servers;
    private final Supplier<Pebble.Binding> keys;
    private final FormTill till = new FormTill();
    private final Map<String, FormBinding> bindings = new LinkedHashMap<>();
    private final Set<String> anchors = new LinkedHashSet<>();
    private BigDecimal price = new BigDecimal("200.00");
    private BigDecimal wildcardPrice = new BigDecimal("600.00");
    private long lastOrderNumber = 1_000_000;
    private Predicate<String> used = keyId -> false;
    private UnaryOperator<List<String>> listing = UnaryOperator.identity();
    private int longestPage = Integer.MAX_VALUE;
    private Predicate<String> givenUp = accountId -> false;

    FormBooks(Clock clock, Map<String, String> servers, Supplier<Pebble.Binding> keys) {
        this.clock = clock;
        this.servers = Map.copyOf(servers);
        this.keys = keys;
    }

    public FormTill till() {
        return till;
    }

    /** What a year of a domain costs, and of a wildcard; 200 and 600 until this is called. */
    public synchronized void price(BigDecimal name, BigDecimal wildcard) {
        price = name;
        wildcardPrice = wildcard;
    }

    /** An organisation was validated: the number of that order. */
    public synchronized String validateOrganization() {
        var number = nextOrder();
        anchors.add(number);
        return number;
    }

    /** How its lists of domains differ from what was sold: lists from before, or another spelling. */
    public synchronized void listsDomains(UnaryOperator<List<String>> otherwise) {
        listing = otherwise;
    }

    /** Its pages are no longer than that, whatever size is asked for. */
    public synchronized void pagesOf(int most) {
        longestPage = most;
    }

    /** All key identifiers that were handed out. */
    public synchronized Set<String> keyIds() {
        return Set.copyOf(bindings.keySet());
    }

    /** A binding that was handed out before, for one of its servers: it has no accounts and no domains yet. */
    public synchronized void hold(Pebble.Binding keys, String server) {
        bindings.put(
                keys.keyId(), new FormBinding(keys, Objects.requireNonNull(servers.get(server), server), DAYS_A_YEAR));
    }

    /** An ACME client used the binding for the first time, or once more; the new account's id. */
    public synchronized String registered(String keyId, String userAgent) {
        var binding = binding(keyId);
        var first = account(binding, keyId);
        boolean isNew = !first.status.equals("pending");
        var account = isNew ? new FormBinding.Account(keyId + "-" + (binding.accounts.size() + 1), "valid") : first;
        account.status = "valid";
        account.userAgent = userAgent;
        account.lastActivity = now();
        binding.accounts.put(account.id, account);
        return account.id;
    }

    /** Where to see whether an ACME client has used a binding, by key identifier: the CA's side of it. */
    public synchronized void usedWhen(Predicate<String> seen) {
        used = seen;
    }

    /** Where to see whether an ACME account was given up at the CA, by its id: a platform may list that, too. */
    public synchronized void mirrorsDeactivation(Predicate<String> seen) {
        givenUp = seen;
    }

    /** The CA's last order of a domain; status codes are those of the guide: 6 issued, 8 revoked. */
    public synchronized void ordered(
            String keyId, String domain, String serialNumber, int statusCode, Instant notBefore, Instant notAfter) {
        var orders = binding(keyId).orders;
        orders.removeIf(order -> order.domain().equals(domain));
        orders.add(new FormBinding.Order(domain, serialNumber, statusCode, notBefore, notAfter));
    }

    /** Somebody else adds a domain, and pays for it elsewhere. */
    public synchronized void addBehindOurBack(String keyId, String domain) {
        binding(keyId).add(new FormBinding.Domain(domain, now(), yearly(domain), new BigDecimal("0.00"), ""));
    }

    public synchronized void removeBehindOurBack(String keyId, String domain) {
        binding(keyId).domains.remove(domain);
    }

    /** Support suspends a binding and all its accounts. */
    public synchronized void suspendBehindOurBack(String keyId) {
        var binding = binding(keyId);
        binding.suspended = true;
        binding.accounts.values().forEach(FormBooks::suspend);
    }

    /** Support suspends one ACME account. */
    public synchronized void suspendAccountBehindOurBack(String accountId) {
        suspend(account(bindingOf(accountId), accountId));
    }

    /** An ACME client gives its account up. */
    public synchronized void deactivateAccountBehindOurBack(String accountId) {
        deactivate(account(bindingOf(accountId), accountId));
    }

    public synchronized Set<String> domains(String keyId) {
        return Set.copyOf(binding(keyId).domains.keySet());
    }

    public synchronized Optional<Instant> expiresAt(String keyId) {
        return Optional.ofNullable(binding(keyId).expiresAt);
    }

    /** The term of a binding ends at another time than it was sold for. */
    public synchronized void endTerm(String keyId, Instant end) {
        binding(keyId).expiresAt = end;
    }

    public synchronized String anchor(String keyId, String domain) {
        return Optional.ofNullable(binding(keyId).domains.get(domain))
                .map(FormBinding.Domain::anchor)
                .orElse("");
    }

    public synchronized String status(String accountId) {
        return account(bindingOf(accountId), accountId).status;
    }

    /** Whether new accounts can be registered with a binding. */
    public synchronized boolean isUsable(String keyId) {
        var binding = binding(keyId);
        return !binding.suspended && !binding.deactivated;
    }

    /** Does what is asked and says what came of it, in the casing of the guide. */
    synchronized Map<String, Object> answer(FormCall call) {
        if (call.action().isEmpty()) {
            throw FormRefused.missing("action");
        }
        var action = FormAction.of(call.action()).orElseThrow(() -> FormRefused.invalid("action"));
        action.check(call);
        noteUse();
        return switch (action) {
            case PREREGISTER -> preRegister(call);
            case LISTSERVERS -> listServers();
            case LISTACCOUNTS -> listAccounts(call);
            case LISTBINDINGS -> listBindings();
            case ADDDOMAIN -> addDomain(call);
            case REMOVEDOMAIN -> removeDomain(call);
            case EXTENDDOMAINS -> extendDomains(call);
            case LISTDOMAINS -> listDomains(call);
            case UPDATEDOMAINS -> updateDomains(call);
            case SUSPENDACCOUNT -> updated(call, FormBooks::suspend, binding -> binding.suspended = true);
            case UNSUSPENDACCOUNT -> updated(call, FormBooks::resume, binding -> binding.suspended = false);
            case DEACTIVATEACCOUNT -> deactivate(call);
            case GETLASTORDER -> lastOrders(call);
        };
    }

    private void noteUse() {
        for (var binding : bindings.values()) {
            var first = account(binding, binding.keys.keyId());
            if (first.status.equals("pending") && used.test(first.id)) {
                registered(first.id, "an ACME client");
            }
            binding.accounts.values().stream()
                    .filter(account -> givenUp.test(account.id))
                    .forEach(FormBooks::deactivate);
        }
    }

    private Map<String, Object> preRegister(FormCall call) {
        var url = Optional.of(call.argument("serverURL"))
                .filter(text -> !text.isEmpty())
                .orElse(call.argument("serverUrl"));
        if (url.isEmpty()) {
            throw FormRefused.missing("serverURL");
        }
        var validation = Optional.ofNullable(servers.get(url)).orElseThrow(() -> FormRefused.invalid("serverURL"));
        var binding = new FormBinding(keys.get(), validation, days(call));
        bindings.put(binding.keys.keyId(), binding);
        return Map.of("Accounts", List.of(account(binding, account(binding, binding.keys.keyId()))));
    }

    private Map<String, Object> listServers() {
        return Map.of(
                "Servers",
                servers.entrySet().stream()
                        .map(server -> document(
                                "serverUrl",
                                server.getKey(),
                                "productID",
                                608,
                                "productDescription",
                                "CaaS " + server.getValue(),
                                "certValidationType",
                                server.getValue()))
                        .toList());
    }

    private Map<String, Object> listAccounts(FormCall call) {
        var id = call.argument("acmeAccountID");
        var scope = call.argument("includeAdditionalAccounts");
        if (id.isEmpty() && !scope.isEmpty()) {
            throw FormRefused.missing("acmeAccountID");
        }
        if (!Set.of("", "N", "Y").contains(scope)) {
            throw FormRefused.invalid("includeAdditionalAccounts");
        }
        Predicate<FormBinding.Account> wanted = account -> scope.equals("Y") || id.isEmpty() || account.id.equals(id);
        return Map.of(
                "Accounts",
                page(
                        call,
                        listed(id, call.argument("eabKeyID")).stream()
                                .flatMap(binding -> binding.accounts.values().stream()
                                        .filter(wanted)
                                        .map(account -> account(binding, account)))
                                .toList()));
    }

    private Collection<FormBinding> listed(String accountId, String keyId) {
        if (!accountId.isEmpty()) {
            return List.of(bindingOf(accountId));
        }
        return keyId.isEmpty()
                ? bindings.values()
                : List.of(Optional.ofNullable(bindings.get(keyId)).orElseThrow(() -> FormRefused.invalid("eabKeyID")));
    }

    private static Map<String, Object> account(FormBinding binding, FormBinding.Account account) {
        var document = document(
                "acmeAccountID",
                account.id,
                "accountStatus",
                account.status,
                "eabMACKeyb64url",
                binding.keys.macKey(),
                "eabMACIDb64url",
                binding.keys.keyId());
        if (account.lastActivity != null) {
            document.put("userAgent", account.userAgent);
            document.put("ipAddress", "10.0.1.64");
            document.put("lastActivity", account.lastActivity.toString());
        }
        return document;
    }

    private Map<String, Object> listBindings() {
        return Map.of(
                "Bindings",
                bindings.values().stream()
                        .map(binding -> document(
                                "reusable", true,
                                "eabMACKeyb64url", binding.keys.macKey(),
                                "eabMACIDb64url", binding.keys.keyId()))
                        .toList());
    }

    private Map<String, Object> addDomain(FormCall call) {
        var binding = bindingOf(call.argument("acmeAccountID"));
        var name = call.argument("domainName");
        if (!name.matches("(\\*\\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9-]{2,}")) {
            throw FormRefused.invalid("domainName");
        }
        boolean associated = isYes(call, "addAssociatedFQDN");
        boolean quote = isYes(call, "quoteOnly");
        var anchor = anchor(call, binding);
        var now = now();
        binding.checkIssuing(now);
        var cost = binding.cost(yearly(name), now);
        var names = associated ? List.of(name, associated(name)) : List.of(name);
        var receipt = new LinkedHashMap<String, Object>();
        receipt.put("success", true);
        if (!quote) {
            till.take(call.action(), binding.keys.keyId(), name, cost);
            binding.add(new FormBinding.Domain(name, now, yearly(name), cost, anchor));
            names.stream()
                    .skip(1)
                    .forEach(free -> binding.add(
                            new FormBinding.Domain(free, now, new BigDecimal("0.00"), new BigDecimal("0.00"), anchor)));
            receipt.put("orderNumber", Long.parseLong(nextOrder()));
        }
        receipt.put("cost", cost);
        receipt.put("currency", FormTill.CURRENCY);
        receipt.put(
                "domains",
                names.stream().map(added -> document("domainName", added)).toList());
        return receipt;
    }

    private String anchor(FormCall call, FormBinding binding) {
        var anchor = call.argument("ovAnchorOrderNumber");
        if (binding.isOrganizationValidated()) {
            if (anchor.isEmpty()) {
                throw FormRefused.missing("ovAnchorOrderNumber");
            }
            return known(anchor, "ovAnchorOrderNumber");
        }
        if (!anchor.isEmpty()) {
            throw FormRefused.because("Not applicable for DV!");
        }
        return "";
    }

    private Map<String, Object> removeDomain(FormCall call) {
        var binding = bindingOf(call.argument("acmeAccountID"));
        var domain = Optional.ofNullable(binding.domains.get(call.argument("domainName")))
                .orElseThrow(() -> FormRefused.invalid("domainName"));
        if (binding.isOver(now())) {
            throw FormRefused.because("Domain could not be removed!");
        }
        binding.domains.remove(domain.name());
        if (!now().isAfter(domain.addedAt().plus(REFUNDED_WITHIN))
                && domain.paid().signum() > 0) {
            till.giveBack(call.action(), binding.keys.keyId(), domain.name(), domain.paid());
        }
        return document("success", true, "Domains", List.of(document("domainName", domain.name())));
    }

    private Map<String, Object> extendDomains(FormCall call) {
        var binding = bindingOf(call.argument("acmeAccountID"));
        int days = days(call);
        boolean quote = isYes(call, "quoteOnly");
        var end = binding.extensible(now());
        var cost = binding.extensionCost(days);
        var receipt = new LinkedHashMap<String, Object>();
        receipt.put("success", true);
        if (!quote) {
            till.take(call.action(), binding.keys.keyId(), days + " days", cost);
            binding.expiresAt = end.plus(Duration.ofDays(days));
            receipt.put("orderNumber", Long.parseLong(nextOrder()));
        }
        receipt.put("cost", cost);
        receipt.put("currency", FormTill.CURRENCY);
        return receipt;
    }

    private Map<String, Object> listDomains(FormCall call) {
        var binding = bindingOf(call.argument("acmeAccountID"));
        return Map.of(
                "Domains",
                page(
                        call,
                        listing.apply(List.copyOf(binding.domains.keySet())).stream()
                                .map(name ->
                                        document("domainName", name, "expiresAt", String.valueOf(binding.expiresAt)))
                                .toList()));
    }

    private Map<String, Object> updateDomains(FormCall call) {
        var binding = bindingOf(call.argument("acmeAccountID"));
        if (!binding.isOrganizationValidated()) {
            throw FormRefused.because("Not applicable for DV!");
        }
        var to = known(call.argument("ovAnchorOrderNumber"), "ovAnchorOrderNumber");
        var from = known(call.argument("oldOVAnchorOrderNumber"), "oldOVAnchorOrderNumber");
        var moved = binding.domains.values().stream()
                .filter(domain -> domain.anchor().equals(from))
                .toList();
        moved.forEach(domain -> binding.domains.put(domain.name(), domain.withAnchor(to)));
        return document("nRecordsUpdated", moved.size(), "success", true);
    }

    private Map<String, Object> deactivate(FormCall call) {
        long before = deactivatedBindings();
        var answer = updated(call, FormBooks::deactivate, binding -> binding.deactivated = true);
        if (Integer.valueOf(0).equals(answer.get("nRecordsUpdated")) && deactivatedBindings() == before) {
            throw FormRefused.because("Account could not be deactivated!");
        }
        return answer;
    }

    private long deactivatedBindings() {
        return bindings.values().stream().filter(binding -> binding.deactivated).count();
    }

    /** Changes accounts by scope; without one it is the whole binding, as the guide has it. */
    private Map<String, Object> updated(
            FormCall call, Predicate<FormBinding.Account> change, Consumer<FormBinding> wholeBinding) {
        var id = call.argument("acmeAccountID");
        var scope = call.saysScope() ? call.argument("includeAdditionalAccounts") : "Y";
        if (scope.equals("*")) {
            if (!id.isEmpty()) {
                throw FormRefused.invalid("acmeAccountID");
            }
            return updated(bindings.values(), change, wholeBinding);
        }
        if (id.isEmpty()) {
            throw FormRefused.missing("acmeAccountID");
        }
        var binding = bindingOf(id);
        return switch (scope) {
            case "Y" -> updated(List.of(binding), change, wholeBinding);
            case "N" -> document("success", true, "nRecordsUpdated", change.test(account(binding, id)) ? 1 : 0);
            default -> throw FormRefused.invalid("includeAdditionalAccounts");
        };
    }

    private static Map<String, Object> updated(
            Collection<FormBinding> bindings,
            Predicate<FormBinding.Account> change,
            Consumer<FormBinding> wholeBinding) {
        int changed = 0;
        for (var binding : bindings) {
            wholeBinding.accept(binding);
            for (var account : binding.accounts.values()) {
                changed += change.test(account) ? 1 : 0;
            }
        }
        return document("success", true, "nRecordsUpdated", changed);
    }

    private static boolean suspend(FormBinding.Account account) {
        if (account.status.equals("suspended") || account.status.equals("deactivated")) {
            return false;
        }
        account.before = account.status;
        account.status = "suspended";
        return true;
    }

    private static boolean resume(FormBinding.Account account) {
        if (!account.status.equals("suspended")) {
            return false;
        }
        account.status = account.before;
        return true;
    }

    private static boolean deactivate(FormBinding.Account account) {
        boolean changes = !account.status.equals("deactivated");
        account.status = "deactivated";
        return changes;
    }

    private Map<String, Object> lastOrders(FormCall call) {
        var id = call.argument("acmeAccountID");
        var binding = bindingOf(id);
        var filter = FormFilter.of(call.argument("filter"));
        return Map.of(
                "Orders",
                binding.orders.stream()
                        .filter(filter)
                        .map(order -> document(
                                "orderNumber",
                                lastOrderNumber,
                                "acmeOrderID",
                                "o-" + order.serialNumber(),
                                "acmeOrderStatus",
                                "valid",
                                "certificateID",
                                77,
                                "statusCode",
                                order.statusCode(),
                                "statusDesc",
                                "Valid",
                                "domainName",
                                order.domain(),
                                "serialNumber",
                                order.serialNumber(),
                                "validNotBefore",
                                order.notBefore().toString(),
                                "validNotAfter",
                                order.notAfter().toString(),
                                "acmeAccountID",
                                id,
                                "acmeEABKeyID",
                                binding.keys.keyId()))
                        .toList());
    }

    /** By the id of any of its accounts, the first of which is the key identifier. */
    private FormBinding bindingOf(String accountId) {
        return bindings.values().stream()
                .filter(binding -> binding.accounts.containsKey(accountId))
                .findFirst()
                .orElseThrow(() -> FormRefused.invalid("acmeAccountID"));
    }

    private FormBinding binding(String keyId) {
        return Optional.ofNullable(bindings.get(keyId))
                .orElseThrow(() -> new PartFailed("The platform has no binding " + keyId));
    }

    private static FormBinding.Account account(FormBinding binding, String id) {
        return Optional.ofNullable(binding.accounts.get(id)).orElseThrow(() -> FormRefused.invalid("acmeAccountID"));
    }

    private String known(String anchor, String argument) {
        if (!anchors.contains(anchor)) {
            throw FormRefused.invalid(argument);
        }
        return anchor;
    }

    private BigDecimal yearly(String name) {
        return name.startsWith("*.") ? wildcardPrice : price;
    }

    /** The base of {@code www} and of a wildcard, and {@code www} of any other. */
    private static String associated(String name) {
        if (name.startsWith("*.")) {
            return name.substring(2);
        }
        return name.startsWith("www.") ? name.substring(4) : "www." + name;
    }

    private static boolean isYes(FormCall call, String argument) {
        return switch (call.argument(argument)) {
            case "Y" -> true;
            case "N", "" -> false;
            default -> throw FormRefused.invalid(argument);
        };
    }

    /** Years win over days; one year is the default. */
    private static int days(FormCall call) {
        var years = call.argument("years");
        var days = call.argument("days");
        if (years.isEmpty() && days.isEmpty()) {
            return DAYS_A_YEAR;
        }
        if (!years.isEmpty()) {
            if (!Set.of("1", "2", "3").contains(years)) {
                throw FormRefused.invalid("years");
            }
            return Integer.parseInt(years) * DAYS_A_YEAR;
        }
        if (!Set.of("365", "730", "1095").contains(days)) {
            throw FormRefused.invalid("days");
        }
        return Integer.parseInt(days);
    }

    private <T> List<T> page(FormCall call, List<T> all) {
        int size = Math.min(longestPage, number(call, "size", DEFAULT_PAGE_SIZE));
        int from = Math.min(all.size(), number(call, "page", 0) * size);
        return all.subList(from, Math.min(all.size(), from + size));
    }

    private static int number(FormCall call, String argument, int absent) {
        var text = call.argument(argument);
        if (text.isEmpty()) {
            return absent;
        }
        if (!text.matches("[0-9]{1,6}")) {
            throw FormRefused.invalid(argument);
        }
        return Integer.parseInt(text);
    }

    private String nextOrder() {
        lastOrderNumber++;
        return Long.toString(lastOrderNumber);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** Names and values in turn. */
    private static Map<String, Object> document(Object... namesAndValues) {
        var document = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            document.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return document;
    }
}
