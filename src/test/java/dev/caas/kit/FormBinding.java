package dev.caas.kit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A binding at the stand-in of the form API, with its accounts, its domains and the term that these share. */
final class FormBinding {
    private static final int DAYS_A_YEAR = 365;
    private static final Duration OPENS_BEFORE = Duration.ofDays(100);
    private static final Duration CLOSES_AFTER = Duration.ofDays(30);
    private static final LocalTime LAST_SECOND = LocalTime.of(23, 59, 59);

    final Pebble.Binding keys;
    final String validation;
    final int days;
    final Map<String, Account> accounts = new LinkedHashMap<>();
    final Map<String, Domain> domains = new LinkedHashMap<>();
    final List<Order> orders = new ArrayList<>();
    boolean suspended;
    boolean deactivated;

    @Nullable
    Instant expiresAt;

    /** An ACME account; {@code before} is its status before it was suspended. */
    static final class Account {
        final String id;
        String status;
        String before;
        String userAgent = "";

        @Nullable
        Instant lastActivity;

        Account(String id, String status) {
            this.id = id;
            this.status = status;
            this.before = status;
        }
    }

    /** What was added: {@code yearly} is the price of a year, {@code paid} what it cost; zero for an associated name. */
    record Domain(String name, Instant addedAt, BigDecimal yearly, BigDecimal paid, String anchor) {
        Domain withAnchor(String changed) {
            return new Domain(name, addedAt, yearly, paid, changed);
        }
    }

    /** The last order of a domain. */
    record Order(String domain, String serialNumber, int statusCode, Instant notBefore, Instant notAfter) {}

    FormBinding(Pebble.Binding keys, String validation, int days) {
        this.keys = keys;
        this.validation = validation;
        this.days = days;
        accounts.put(keys.keyId(), new Account(keys.keyId(), "pending"));
    }

    boolean isOrganizationValidated() {
        return validation.equals("OV");
    }

    /** What a domain costs now: the whole term if it starts it, or else by the full days that are left. */
    BigDecimal cost(BigDecimal yearly, Instant now) {
        long toPay = expiresAt == null
                ? days
                : Math.max(0, Duration.between(now, expiresAt).toDays());
        return yearly.multiply(BigDecimal.valueOf(toPay))
                .divide(BigDecimal.valueOf(DAYS_A_YEAR), 2, RoundingMode.HALF_UP);
    }

    /** What so many more days cost for all domains. */
    BigDecimal extensionCost(int moreDays) {
        return domains.values().stream()
                .map(domain -> domain.yearly()
                        .multiply(BigDecimal.valueOf(moreDays))
                        .divide(BigDecimal.valueOf(DAYS_A_YEAR), 2, RoundingMode.HALF_UP))
                .reduce(new BigDecimal("0.00"), BigDecimal::add);
    }

    void checkIssuing(Instant now) {
        if (deactivated) {
            throw FormRefused.because("Account is deactivated!");
        }
        if (expiresAt != null && now.isAfter(expiresAt)) {
            throw expired();
        }
    }

    /** The end of the term, which can be extended now. */
    Instant extensible(Instant now) {
        var end = expiresAt;
        if (end == null || now.isBefore(end.minus(OPENS_BEFORE)) || now.isAfter(end.plus(CLOSES_AFTER))) {
            throw expired();
        }
        return end;
    }

    boolean isOver(Instant now) {
        return expiresAt != null && now.isAfter(expiresAt.plus(CLOSES_AFTER));
    }

    /** The first domain starts the term: so many days from the next calendar day, to its last second. */
    void add(Domain domain) {
        if (expiresAt == null) {
            expiresAt = LocalDate.ofInstant(domain.addedAt(), ZoneOffset.UTC)
                    .plusDays(days)
                    .atTime(LAST_SECOND)
                    .toInstant(ZoneOffset.UTC);
        }
        domains.put(domain.name(), domain);
    }

    private static FormRefused expired() {
        return FormRefused.because(
                "Your subscription has either expired, is beyond the extension window, or does not exist!");
    }
}
