package dev.caas.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A name server's log of queries and updates, to count what a client did. */
public final class DnsLog {
    private final Path file;
    private final String ignoredClient;

    DnsLog(Path file, String ignoredClient) {
        this.file = file;
        this.ignoredClient = ignoredClient;
    }

    /** How many TXT records were added to a name. */
    public long additions(String name) {
        return count("adding an RR at '" + Pattern.quote(name) + "' TXT");
    }

    /** How many times TXT records, one or all, were deleted from a name. */
    public long deletions(String name) {
        return count("deleting (an RR|rrset) at '?" + Pattern.quote(name) + "'? TXT");
    }

    /** How many TXT queries for a name came in. */
    public long txtQueries(String name) {
        return count("query: " + Pattern.quote(name) + " IN TXT ");
    }

    private long count(String regex) {
        var pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
        try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> !line.contains(" " + ignoredClient + "#"))
                    .filter(line -> pattern.matcher(line).find())
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
