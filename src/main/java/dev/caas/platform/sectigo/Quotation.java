package dev.caas.platform.sectigo;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a platform said, fit to be shown to people: one line, bounded, and without the credentials, which some servers
 * echo when they complain about a request.
 */
final class Quotation {
    private static final int LONGEST = 300;
    private static final String REMOVED = "***";
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]+");

    private Quotation() {}

    /** @param secrets what must not be shown, as it was sent; it is found form-encoded, too */
    static String of(String raw, List<String> secrets) {
        String line = oneLine(raw);
        for (String secret : spellings(secrets)) {
            line = line.replace(secret, REMOVED);
        }
        // Cut last: half a secret would not be found.
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    /** Longest first, as one secret may be part of another. */
    private static List<String> spellings(List<String> secrets) {
        return secrets.stream()
                .flatMap(s -> Stream.of(oneLine(s), URLEncoder.encode(s, StandardCharsets.UTF_8)))
                .filter(s -> !s.isBlank())
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    private static String oneLine(String text) {
        return UNPRINTABLE.matcher(text).replaceAll(" ").strip();
    }
}
