package dev.caas.platform;

import dev.caas.api.Money;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A platform of one binding that sells domains and years, and can be interrupted at each point of a sale. */
final class Shop implements PartnerApi {
    static final Money PRICE = Money.of(new BigDecimal("200"), "USD");
    private static final Duration YEAR = Duration.ofDays(365);

    private final Clock clock;
    private final Set<String> domains = new TreeSet<>();
    private final List<Purchase> sold = new ArrayList<>();
    private @Nullable Instant end;
    private int quotes;
    private Interruption beforeSale = () -> {};
    private Interruption afterSale = () -> {};
    private Interruption beforeList = () -> {};
    private Interruption afterList = () -> {};
    private Interruption afterRemoval = () -> {};
    private Supplier<List<PartnerViews.Domain>> list = this::present;
    private Set<Capability> capabilities = Set.of(Capability.TERM, Capability.PRICES);
    private boolean free;
    private Optional<Duration> refund = Optional.of(Duration.ofDays(30));
    private int removals;
    private Money bill = PRICE;

    /** What happens at a point of a sale. */
    interface Interruption {
        void happen() throws PlatformFailure;
    }

    Shop(Clock clock) {
        this.clock = clock;
    }

    /** It happens once, before the shop hears of the sale. */
    void beforeSale(Interruption interruption) {
        beforeSale = interruption;
    }

    /** It happens once, when something was sold and nobody was told. */
    void afterSale(Interruption interruption) {
        afterSale = interruption;
    }

    /** It happens once, when something was sold and the buyer looks whether it is there. */
    void whenListedAfterSale(Interruption interruption) {
        afterSale = () -> beforeList = interruption;
    }

    /** It happens once, when a list was made and has not arrived. */
    void afterList(Interruption interruption) {
        afterList = interruption;
    }

    /** It happens once, when something was removed and nobody was told. */
    void afterRemoval(Interruption interruption) {
        afterRemoval = interruption;
    }

    /** From here on its list is as it is now, whatever it sells. */
    void listsNothingNew() {
        var old = present();
        list = () -> old;
    }

    void listsAgain() {
        list = this::present;
    }

    /** It tells no prices: it takes none, or they are in a contract. */
    void withoutPrices(boolean free) {
        this.free = free;
        capabilities = Set.of(Capability.TERM);
    }

    /** From here on it takes another price than it quotes. */
    void bills(Money price) {
        bill = price;
    }

    void refundsNothing() {
        refund = Optional.empty();
    }

    int removals() {
        return removals;
    }

    /** All that was sold, in order, however often. */
    List<Purchase> sold() {
        return List.copyOf(sold);
    }

    int quotes() {
        return quotes;
    }

    Optional<Instant> end() {
        return Optional.ofNullable(end);
    }

    /** Takes effect, however it came here. */
    void sell(Purchase purchase) {
        sold.add(purchase);
        switch (purchase) {
            case Purchase.Domain domain -> {
                domains.add(domain.name());
                domain.associated().ifPresent(domains::add);
                end = end == null ? clock.instant().plus(YEAR.multipliedBy(domain.firstYears())) : end;
            }
            case Purchase.Year _ -> end = end().orElseThrow().plus(YEAR);
        }
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure {
        take(beforeList, () -> beforeList = () -> {});
        var listed = list.get();
        take(afterList, () -> afterList = () -> {});
        return listed;
    }

    private List<PartnerViews.Domain> present() {
        return domains.stream()
                .map(name -> new PartnerViews.Domain(name, end()))
                .toList();
    }

    @Override
    public PartnerViews.Cost quote(Purchase purchase) {
        quotes++;
        return new PartnerViews.Cost(PRICE);
    }

    @Override
    public boolean isFree() {
        return free;
    }

    @Override
    public Optional<Duration> refundsWithin() {
        return refund;
    }

    @Override
    public PartnerViews.Receipt buy(Purchase purchase, Instant latest) throws PlatformFailure {
        take(beforeSale, () -> beforeSale = () -> {});
        if (clock.instant().isAfter(latest)) {
            throw new PlatformFailure(PlatformFailure.Kind.UNREACHABLE, "too late");
        }
        sell(purchase);
        take(afterSale, () -> afterSale = () -> {});
        return new PartnerViews.Receipt(Optional.of("order-" + sold.size()), Optional.of(bill));
    }

    private static void take(Interruption interruption, Runnable over) throws PlatformFailure {
        over.run();
        interruption.happen();
    }

    @Override
    public void remove(String keyId, String domain) throws PlatformFailure {
        if (!domains.remove(domain)) {
            throw new PlatformFailure(PlatformFailure.Kind.REFUSED, "Invalid domainName!");
        }
        removals++;
        take(afterRemoval, () -> afterRemoval = () -> {});
    }

    @Override
    public List<PartnerViews.Server> servers() {
        throw new UnsupportedOperationException();
    }

    @Override
    public NewBinding preRegister(String server, String name, int years) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PartnerViews.Binding> bindings() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PartnerViews.Account> accounts(Optional<String> keyId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int moveAnchor(String keyId, String from, String to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int act(Act act, Scope scope) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PartnerViews.Order> lastOrders(String keyId) {
        throw new UnsupportedOperationException();
    }
}
