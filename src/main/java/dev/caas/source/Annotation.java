package dev.caas.source;

/** An annotation that says something about certificates. */
record Annotation(String key, String value) {
    private static final int QUOTED = 80;

    /** Key and value as a message may show them: bounded, and without what a terminal would obey. */
    @Override
    public String toString() {
        return "%s '%s'".formatted(printable(key), printable(value));
    }

    /** What somebody wrote, fit for a message. */
    static String printable(String text) {
        var shown = text.replaceAll("[^\\P{C}]", "?");
        return shown.length() <= QUOTED ? shown : shown.substring(0, QUOTED) + "...";
    }
}
