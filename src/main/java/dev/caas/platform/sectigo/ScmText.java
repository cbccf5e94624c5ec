package dev.caas.platform.sectigo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caas.platform.PartnerViews.Account.State;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;

/** Reads the texts of Certificate Manager's documents. */
final class ScmText {
    private static final LocalTime LAST_SECOND = LocalTime.of(23, 59, 59);

    private ScmText() {}

    /** A field's text; empty if it is absent, null or blank. */
    static Optional<String> of(JsonNode object, String field) {
        var value = object.path(field);
        return value.isValueNode() && !value.isNull()
                ? Optional.of(value.asText()).filter(text -> !text.isBlank())
                : Optional.empty();
    }

    /**
     * A moment: with its offset, or a day, which is meant up to its last second (UTC).
     *
     * @throws DateTimeException if it is neither
     */
    static Instant time(String text) {
        return text.contains("T")
                ? OffsetDateTime.parse(text).toInstant()
                : LocalDate.parse(text).atTime(LAST_SECOND).toInstant(ZoneOffset.UTC);
    }

    /** A moment that is only shown; empty if it cannot be read. */
    static Optional<Instant> shownTime(JsonNode object, String field) {
        try {
            return of(object, field).map(ScmText::time);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** The state that a status text stands for. */
    static State state(String status) {
        return switch (status.toUpperCase(Locale.ROOT)) {
            case "PENDING" -> State.PENDING;
            case "VALID" -> State.VALID;
            case "SUSPENDED" -> State.SUSPENDED;
            case "DEACTIVATED" -> State.DEACTIVATED;
            default -> State.OTHER;
        };
    }
}
