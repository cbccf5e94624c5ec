package dev.caas.entitlement;

/** A text that is no name a certificate can carry; the message says what is wrong, where, and what to do. */
public final class InvalidNameException extends Exception {
    private static final int QUOTED = 80;

    private final String problem;

    InvalidNameException(String text, String problem) {
        super("'" + printable(text) + "': " + problem);
        this.problem = problem;
    }

    /** What is wrong and what to do, without the text itself. */
    public String problem() {
        return problem;
    }

    /** The text as it may be shown on a terminal: bounded, and without control or direction characters. */
    public static String printable(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(QUOTED).forEach(point -> {
            if (isVisible(point)) {
                shown.appendCodePoint(point);
            } else {
                shown.append("\\u{%x}".formatted(point));
            }
        });
        return text.codePointCount(0, text.length()) > QUOTED
                ? shown.append("...").toString()
                : shown.toString();
    }

    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
