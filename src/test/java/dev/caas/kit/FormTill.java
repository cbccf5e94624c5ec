package dev.caas.kit;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The money of a reseller at the stand-in of the form API: what was taken, what was given back, what is left. */
public final class FormTill {
    static final String CURRENCY = "USD";

    private final List<Entry> entries = new ArrayList<>();
    private @Nullable BigDecimal funds;

    /**
     * Something that was paid, or given back.
     *
     * @param amount negative when it was given back
     */
    public record Entry(String action, String keyId, String what, BigDecimal amount) {}

    FormTill() {}

    /** What there is to spend from here on; without a call there is no end of it. */
    public synchronized void fund(BigDecimal amount) {
        funds = amount;
    }

    /** All that was paid, less what was given back. */
    public synchronized BigDecimal spent() {
        return entries.stream().map(Entry::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** How much of that is for one binding. */
    public synchronized BigDecimal spent(String keyId) {
        return entries.stream()
                .filter(entry -> entry.keyId().equals(keyId))
                .map(Entry::amount)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    synchronized void take(String action, String keyId, String what, BigDecimal amount) {
        if (funds != null) {
            if (funds.compareTo(amount) < 0) {
                throw FormRefused.because("Your account has insufficient funds and could not be debited!");
            }
            funds = funds.subtract(amount);
        }
        entries.add(new Entry(action, keyId, what, amount));
    }

    synchronized void giveBack(String action, String keyId, String what, BigDecimal amount) {
        if (funds != null) {
            funds = funds.add(amount);
        }
        entries.add(new Entry(action, keyId, what, amount.negate()));
    }
}
