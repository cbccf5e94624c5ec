package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.caas.api.Money;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An object of the form API, read by names in any case: the documentation itself mixes {@code Domains} and {@code
 * domains}. What is not asked for, MAC keys above all, is never taken in.
 */
record Fields(JsonNode object) {
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");

    /** What {@link Money} can hold. */
    private static final BigDecimal TOO_MUCH = new BigDecimal("100000000000");

    private static final int DECIMALS = 4;

    /** Exactly that name first, then in another case; a missing node if there is neither. */
    JsonNode node(String name) {
        JsonNode exact = object.path(name);
        return exact.isMissingNode()
                ? object.propertyStream()
                        .filter(p -> p.getKey().equalsIgnoreCase(name))
                        .findFirst()
                        .<JsonNode>map(Map.Entry::getValue)
                        .orElse(MissingNode.getInstance())
                : exact;
    }

    /** Texts, and numbers as texts; empty if absent or blank. */
    Optional<String> text(String name) {
        JsonNode node = node(name);
        return node.isValueNode() && !node.isNull()
                ? Optional.of(node.asText().strip()).filter(t -> !t.isEmpty())
                : Optional.empty();
    }

    boolean isTrue(String name) {
        return text(name).filter("true"::equalsIgnoreCase).isPresent();
    }

    Optional<Boolean> flag(String name) {
        return text(name).map(Boolean::parseBoolean);
    }

    /** Whether there is a list of that name. */
    boolean hasList(String name) {
        return node(name).isArray();
    }

    Stream<Fields> list(String name) {
        return StreamSupport.stream(node(name).spliterator(), false).map(Fields::new);
    }

    /** A time with an offset, or else of UTC; empty if absent or not to be read. */
    Optional<Instant> instant(String name) {
        return text(name).flatMap(Fields::time);
    }

    private static Optional<Instant> time(String text) {
        var iso = text.replace(' ', 'T');
        try {
            return Optional.of(OffsetDateTime.parse(iso).toInstant());
        } catch (DateTimeException noOffset) {
            try {
                return Optional.of(LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC));
            } catch (DateTimeException noTime) {
                return Optional.empty();
            }
        }
    }

    /** {@code cost} with {@code currency}; empty if one is absent, or they are no price. */
    Optional<Money> cost() {
        return text("currency")
                .filter(c -> CURRENCY.matcher(c).matches())
                .flatMap(currency -> amount().map(amount -> Money.of(amount, currency)));
    }

    private Optional<BigDecimal> amount() {
        try {
            return text("cost").map(BigDecimal::new).filter(Fields::isPrice);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean isPrice(BigDecimal amount) {
        return amount.signum() >= 0
                && amount.compareTo(TOO_MUCH) < 0
                && amount.stripTrailingZeros().scale() <= DECIMALS;
    }
}
