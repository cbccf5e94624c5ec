package dev.caas.kit;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The filter of GETLASTORDER: {@code <field> <operation> <value>}, of the two fields and the operations of the guide. */
final class FormFilter {
    private static final Pattern FORM = Pattern.compile("(domainName|validNotAfter) (=|!=|\\?|!\\?|>=|<=|>|<) (.+)");
    private static final Map<String, IntPredicate> OF_DATES = Map.of(
            "=",
            c -> c == 0,
            "!=",
            c -> c != 0,
            ">",
            c -> c > 0,
            "<",
            c -> c < 0,
            ">=",
            c -> c >= 0,
            "<=",
            c -> c <= 0);

    private FormFilter() {}

    static Predicate<FormBinding.Order> of(String text) {
        if (text.isEmpty()) {
            return order -> true;
        }
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw FormRefused.invalid("filter");
        }
        return matcher.group(1).equals("domainName")
                ? byName(matcher.group(2), matcher.group(3))
                : byDate(matcher.group(2), matcher.group(3));
    }

    private static Predicate<FormBinding.Order> byName(String operation, String value) {
        return switch (operation) {
            case "=" -> order -> order.domain().equals(value);
            case "!=" -> order -> !order.domain().equals(value);
            case "?" -> order -> order.domain().contains(value);
            case "!?" -> order -> !order.domain().contains(value);
            default -> throw FormRefused.invalid("filter");
        };
    }

    private static Predicate<FormBinding.Order> byDate(String operation, String value) {
        var wanted = Optional.ofNullable(OF_DATES.get(operation)).orElseThrow(() -> FormRefused.invalid("filter"));
        try {
            var date = Instant.parse(value);
            return order -> wanted.test(order.notAfter().compareTo(date));
        } catch (DateTimeException e) {
            throw FormRefused.invalid("filter");
        }
    }
}
