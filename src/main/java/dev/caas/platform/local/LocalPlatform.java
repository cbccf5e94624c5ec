package dev.caas.platform.local;

import dev.caas.api.CaaSPlatformSpec.Pricing;
import dev.caas.api.Money;
import dev.caas.platform.NewBinding;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerViews;
import dev.caas.platform.PlatformFailure;
import dev.caas.platform.PlatformFailure.Kind;
import dev.caas.platform.Purchase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Provider {@code Local}: the built-in ledger with prices, for CAs without a partner API. It knows domains, their term and
 * what they cost. Bindings and ACME accounts are the CA's, which it does not ask; whoever is to be suspended is refused by
 * the operator itself.
 */
public final class LocalPlatform implements PartnerApi {
    private final String name;
    private final @Nullable Prices prices;
    private final LocalBooks books;
    private final Clock clock;

    /**
     * @param name of the CaaSPlatform
     * @param pricing null where nothing has a price
     */
    public LocalPlatform(String name, @Nullable Pricing pricing, LocalBooks books, Clock clock) {
        this.name = name;
        this.prices = pricing == null ? null : Prices.of(pricing);
        this.books = books;
        this.clock = clock;
    }

    @Override
    public Set<Capability> capabilities() {
        var all = EnumSet.of(Capability.TERM, Capability.ASSOCIATED_NAMES);
        if (prices != null) {
            all.add(Capability.PRICES);
        }
        return all;
    }

    @Override
    public List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure {
        var entry = books.entry(name, keyId);
        return entry.domains().keySet().stream()
                .map(domain -> new PartnerViews.Domain(domain, entry.endsAt()))
                .toList();
    }

    @Override
    public PartnerViews.Cost quote(Purchase purchase) throws PlatformFailure {
        var cost = Sale.of(books.entry(name, purchase.keyId()), purchase, prices, now())
                .cost();
        if (cost == null) {
            throw new PlatformFailure(
                    Kind.UNSUPPORTED, "CaaSPlatform " + name + " charges nothing: it has no spec.pricing");
        }
        return new PartnerViews.Cost(cost);
    }

    @Override
    public boolean isFree() {
        return prices == null;
    }

    @Override
    public Optional<Duration> refundsWithin() {
        return Optional.empty();
    }

    /** {@inheritDoc} Here it is never too late: what somebody else wrote meanwhile is seen, and not sold again. */
    @Override
    public PartnerViews.Receipt buy(Purchase purchase, Instant latest) throws PlatformFailure {
        @Nullable
        Money cost = books.change(name, purchase.keyId(), before -> Sale.of(before, purchase, prices, now()))
                .cost();
        return new PartnerViews.Receipt(Optional.empty(), Optional.ofNullable(cost));
    }

    @Override
    public void remove(String keyId, String domain) throws PlatformFailure {
        books.change(name, keyId, before -> Sale.without(before, domain));
    }

    @Override
    public List<PartnerViews.Server> servers() throws PlatformFailure {
        throw unsupported("list of ACME servers");
    }

    @Override
    public NewBinding preRegister(String server, String label, int years) throws PlatformFailure {
        throw unsupported("pre-registration: take a binding from the CA and declare it as externalAccountBinding");
    }

    @Override
    public List<PartnerViews.Binding> bindings() throws PlatformFailure {
        throw unsupported("list of bindings");
    }

    @Override
    public List<PartnerViews.Account> accounts(Optional<String> keyId) throws PlatformFailure {
        throw unsupported("list of ACME accounts");
    }

    @Override
    public int moveAnchor(String keyId, String from, String to) throws PlatformFailure {
        throw unsupported("organisation validation (OV)");
    }

    @Override
    public int act(Act act, Scope scope) throws PlatformFailure {
        throw unsupported("suspension or deactivation of ACME accounts");
    }

    @Override
    public List<PartnerViews.Order> lastOrders(String keyId) throws PlatformFailure {
        throw unsupported("list of certificate orders");
    }

    static PlatformFailure unsupported(String what) {
        return new PlatformFailure(
                Kind.UNSUPPORTED,
                "provider Local, which keeps domains, their term and prices and asks no CA, has no " + what);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }
}
