package dev.caas.entitlement;

import com.google.common.net.InetAddresses;
import com.google.common.net.InternetDomainName;
import java.net.IDN;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A DNS name as certificates carry it (RFC 5280 section 4.2.1.6, RFC 6125): lower-case A-labels without a trailing dot,
 * with {@code *.} in front when it is a wildcard. Two spellings of one name are equal.
 *
 * @param ascii the name in that form
 */
public record DomainName(String ascii) implements Identifier {
    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;
    private static final String WILDCARD = "*.";
    private static final String WWW = "www.";
    private static final String ADDRESS =
            "is an IP address where a domain name is wanted; a certificate's go to spec.ipAddresses";
    private static final String LABEL_SEPARATORS = "[.\u3002\uff0e\uff61]";
    /** What IDNA 2003 maps away and IDNA 2008 keeps: sharp s, final sigma, the zero-width joiners (UTS 46 section 7). */
    private static final String DEVIATIONS = "\u00df\u03c2\u200c\u200d";

    /** @throws IllegalArgumentException when it is not in the form described above; texts of people go to parse */
    public DomainName {
        String problem = problemOf(ascii);
        if (problem != null) {
            throw new IllegalArgumentException("'" + InvalidNameException.printable(ascii) + "': " + problem);
        }
    }

    /**
     * Reads what people write: any case, U-labels or A-labels, one trailing dot, at most one leading {@code *.}.
     *
     * <p>U-labels are converted by {@link IDN}, which is IDNA 2003 over Unicode 3.2. Where that would give another domain
     * than IDNA 2008 does, or does not know a character, the name is refused with the advice to write the A-label; A-labels
     * are taken as they are, and the CA judges them.
     */
    public static DomainName parse(String text) throws InvalidNameException {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        boolean wildcard = name.startsWith(WILDCARD);
        String base = wildcard ? name.substring(WILDCARD.length()) : name;
        if (base.isEmpty()) {
            throw new InvalidNameException(text, "names nothing; write a domain name");
        }
        if (base.indexOf('*') >= 0) {
            throw new InvalidNameException(
                    text, "'*' stands elsewhere than alone in front; write a wildcard as *.example.com");
        }
        String ascii = isAscii(base) ? base.toLowerCase(Locale.ROOT) : toALabels(text, base);
        String full = wildcard ? WILDCARD + ascii : ascii;
        String problem = problemOf(full);
        if (problem != null) {
            throw new InvalidNameException(text, InetAddresses.isInetAddress(ascii) ? ADDRESS : problem);
        }
        if (full.indexOf('.') < 0) {
            throw new InvalidNameException(text, "is a single label; write the fully qualified name");
        }
        return new DomainName(full);
    }

    @Override
    public String text() {
        return ascii;
    }

    /** Whether it stands for every name one label below {@link #base}. */
    @Override
    public boolean isWildcard() {
        return ascii.startsWith(WILDCARD);
    }

    /** The name without {@code *.}; itself when it is no wildcard. */
    public DomainName base() {
        return isWildcard() ? new DomainName(ascii.substring(WILDCARD.length())) : this;
    }

    /**
     * The name that platforms call associated: {@code www.z} with {@code z}, and {@code z} with {@code www.z} and {@code
     * *.z}; empty where that would be no name.
     */
    public Optional<DomainName> associated() {
        String name = isWildcard() ? base().ascii : ascii.startsWith(WWW) ? ascii.substring(WWW.length()) : WWW + ascii;
        return problemOf(name) == null ? Optional.of(new DomainName(name)) : Optional.empty();
    }

    /** Whether it ends in the zone's labels and has at least one more, {@code *} included. */
    public boolean isBelow(DomainName zone) {
        int more = ascii.length() - zone.ascii.length();
        return more > 1 && ascii.charAt(more - 1) == '.' && ascii.endsWith(zone.ascii);
    }

    /**
     * Whether a registry hands out names below it, as {@code com} and {@code co.uk} do; of a wildcard, whether its base
     * is one. That is the ICANN section of the Public Suffix List, which is what the Baseline Requirements (3.2.2.6) go by:
     * the owner of a name in its private section, say a hosting company, may be certified for it. A single label counts.
     */
    @Override
    public boolean isPublicSuffix() {
        String base = isWildcard() ? ascii.substring(WILDCARD.length()) : ascii;
        return base.indexOf('.') < 0 || InternetDomainName.from(base).isRegistrySuffix();
    }

    @Override
    public String toString() {
        return ascii;
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String toALabels(String text, String base) throws InvalidNameException {
        String[] labels = base.split(LABEL_SEPARATORS, -1);
        for (int i = 0; i < labels.length; i++) {
            if (!isAscii(labels[i])) {
                labels[i] = toALabel(text, labels[i], i + 1);
            }
        }
        return Arrays.stream(labels)
                .map(label -> label.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining("."));
    }

    private static String toALabel(String text, String label, int position) throws InvalidNameException {
        String advice = "; write the label as its A-label (xn--...)";
        if (label.chars().anyMatch(c -> DEVIATIONS.indexOf(c) >= 0)) {
            throw new InvalidNameException(
                    text, "label " + position + " has a character that IDNA 2003 and 2008 read differently" + advice);
        }
        try {
            return IDN.toASCII(label, IDN.USE_STD3_ASCII_RULES);
        } catch (IllegalArgumentException e) {
            throw new InvalidNameException(text, "label " + position + " cannot be converted to ASCII" + advice);
        }
    }

    /** What keeps a text from being in canonical form, and what to do; {@code null} when nothing does. */
    private static @Nullable String problemOf(String text) {
        if (text.length() > LONGEST_NAME) {
            return "has " + text.length() + " octets, a name at most " + LONGEST_NAME + "; shorten it";
        }
        int position = 1;
        int start = text.startsWith(WILDCARD) ? WILDCARD.length() : 0;
        for (int end = text.indexOf('.', start); end >= 0; end = text.indexOf('.', start)) {
            String problem = problemOfLabel(text, start, end, position);
            if (problem != null) {
                return problem;
            }
            start = end + 1;
            position++;
        }
        String problem = problemOfLabel(text, start, text.length(), position);
        if (problem == null && isDigit(text.charAt(start))) {
            return "ends in a label that starts with a digit, which no top-level domain does; write a domain name";
        }
        return problem;
    }

    private static @Nullable String problemOfLabel(String text, int start, int end, int position) {
        if (start == end) {
            return "label " + position + " is empty; remove the extra dot";
        }
        if (end - start > LONGEST_LABEL) {
            return "label " + position + " has " + (end - start) + " octets, a label at most " + LONGEST_LABEL
                    + "; shorten it";
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (!isDigit(c) && c != '-' && (c < 'a' || c > 'z')) {
                String shown = InvalidNameException.printable(String.valueOf(c));
                return "label " + position + " has '" + shown + "'; use letters, digits and hyphens";
            }
        }
        if (text.charAt(start) == '-' || text.charAt(end - 1) == '-') {
            return "label " + position + " starts or ends with a hyphen; remove it";
        }
        return null;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
