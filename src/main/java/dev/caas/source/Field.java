package dev.caas.source;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caas.entitlement.GoDuration;
import dev.caas.entitlement.InvalidDurationException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a ManagedCertificate that an annotation can set: the one table of keys, what they say and where it goes.
 * docs/annotations.md lists them. What is not here stays as it is in the ManagedCertificate: some is for whoever looks
 * after it, and some is too much for an annotation.
 */
enum Field {
    ACCOUNT("account", "/accountRef", Field::account),
    COMMON_NAME(
            "common-name",
            "/commonName",
            text -> TextNode.valueOf(bounded(text, 64).toLowerCase(Locale.ROOT))),
    DURATION("duration", "/duration", Field::duration),
    RENEW_BEFORE("renew-before", "/renewBefore", Field::duration),
    RENEW_BEFORE_PERCENTAGE("renew-before-percentage", "/renewBeforePercentage", Field::percentage),
    PRIVATE_KEY_ALGORITHM(
            "private-key-algorithm", "/privateKey/algorithm", text -> oneOf(text, "ECDSA", "RSA", "Ed25519")),
    PRIVATE_KEY_SIZE("private-key-size", "/privateKey/size", Field::size),
    PRIVATE_KEY_ENCODING("private-key-encoding", "/privateKey/encoding", text -> oneOf(text, "PKCS8", "Traditional")),
    PRIVATE_KEY_ROTATION_POLICY(
            "private-key-rotation-policy", "/privateKey/rotationPolicy", text -> oneOf(text, "Always", "Never")),
    PROFILE("profile", "/profile", text -> TextNode.valueOf(bounded(text, 128))),
    PREFERRED_CHAIN("preferred-chain", "/preferredChain", text -> TextNode.valueOf(bounded(text, 256))),
    ADDITIONAL_OUTPUT_FORMATS("additional-output-formats", "/additionalOutputFormats", Field::formats),
    ADOPT_EXISTING_SECRET(
            "adopt-existing-secret",
            "/adoptExistingSecret",
            text -> BooleanNode.valueOf(oneOf(text, "true", "false").textValue().equals("true")));

    static final String PREFIX = "caas.dev/";

    private static final Pattern OBJECT_NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
    private static final Pattern NAMESPACE_NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,9}");

    private final String key;

    @SuppressWarnings("ImmutableEnumChecker") // It is; its class does not say so.
    private final JsonPointer place;

    @SuppressWarnings("ImmutableEnumChecker") // The readers capture nothing.
    private final Reader reader;

    private interface Reader {
        JsonNode read(String text) throws InvalidValueException;
    }

    Field(String name, String place, Reader reader) {
        this.key = "caas.dev/" + name;
        this.place = JsonPointer.compile(place);
        this.reader = reader;
    }

    /** The annotation's key. */
    String key() {
        return key;
    }

    /** Where it stands in the spec. */
    JsonPointer place() {
        return place;
    }

    /** The field of an annotation. */
    static Optional<Field> of(String key) {
        return Arrays.stream(values()).filter(f -> f.key.equals(key)).findFirst();
    }

    /** The value for the spec. */
    JsonNode read(String text) throws InvalidValueException {
        return reader.read(text);
    }

    /** Sets the value in a spec; without one, takes what is there away. */
    void put(ObjectNode spec, @Nullable JsonNode value) {
        var name = place.last().getMatchingProperty();
        if (value != null) {
            (place.head().matches() ? spec : spec.withObject(place.head())).set(name, value);
        } else if (spec.at(place.head()) instanceof ObjectNode parent) {
            parent.remove(name);
        }
    }

    private static JsonNode account(String text) throws InvalidValueException {
        var parts = text.split("/", -1);
        var name = parts[parts.length - 1];
        if (parts.length > 2
                || !OBJECT_NAME.matcher(name).matches()
                || (parts.length == 2 && !NAMESPACE_NAME.matcher(parts[0]).matches())) {
            throw new InvalidValueException("names no CaaSAccount; write its name, or namespace/name");
        }
        var reference = JsonNodeFactory.instance.objectNode().put("name", name);
        return parts.length == 2 ? reference.put("namespace", parts[0]) : reference;
    }

    private static JsonNode duration(String text) throws InvalidValueException {
        try {
            if (GoDuration.parse(bounded(text, 16)).isZero()) {
                throw new InvalidValueException("is no validity; ask for some time, such as 2160h");
            }
        } catch (InvalidDurationException e) {
            throw new InvalidValueException("is no duration; write hours, minutes and seconds, such as 2160h or 1h30m");
        }
        return TextNode.valueOf(text);
    }

    private static JsonNode percentage(String text) throws InvalidValueException {
        if (WHOLE_NUMBER.matcher(text).matches()) {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= 99) {
                return IntNode.valueOf(number);
            }
        }
        throw new InvalidValueException("is no percentage; write a whole number from 1 to 99");
    }

    private static JsonNode formats(String text) throws InvalidValueException {
        var formats = JsonNodeFactory.instance.arrayNode();
        for (var format : new TreeSet<>(Arrays.asList(text.split(" *, *", -1)))) {
            formats.add(oneOf(format, "CombinedPEM", "DER"));
        }
        return formats;
    }

    private static JsonNode size(String text) throws InvalidValueException {
        return IntNode.valueOf(Integer.parseInt(
                oneOf(text, "256", "384", "2048", "3072", "4096").textValue()));
    }

    private static JsonNode oneOf(String text, String... known) throws InvalidValueException {
        if (!Arrays.asList(known).contains(text)) {
            throw new InvalidValueException("is not known; write one of " + String.join(", ", known));
        }
        return TextNode.valueOf(text);
    }

    private static String bounded(String text, int most) throws InvalidValueException {
        if (text.isBlank()) {
            throw new InvalidValueException("says nothing; write a value, or remove the annotation");
        }
        if (text.length() > most) {
            throw new InvalidValueException("is longer than " + most + " characters; shorten it");
        }
        return text;
    }
}
