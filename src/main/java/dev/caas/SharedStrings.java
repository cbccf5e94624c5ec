package dev.caas;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import java.io.IOException;

/**
 * Reads equal short texts as one string: the objects of a namespace say the same names, labels, reasons and dates over
 * and over, which is a third of what they weigh. Remembers a bounded number of texts; the newer one wins a place.
 */
final class SharedStrings extends StringDeserializer {
    private static final int PLACES = 1 << 12;

    /** Longer ones are rarely said twice. */
    private static final int LONGEST = 128;

    /** Threads may read and write a place as they like: strings are immutable, and a lost one is only not shared. */
    private final String[] texts = new String[PLACES];

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        return shared(super.deserialize(parser, context));
    }

    private String shared(String text) {
        if (text == null || text.length() > LONGEST) {
            return text;
        }
        int hash = text.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        var known = texts[place];
        if (text.equals(known)) {
            return known;
        }
        texts[place] = text;
        return text;
    }
}
