package dev.caas.kit;

/** The stand-in of the form API says no, in the words of the vendor's guide. */
final class FormRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;

    private FormRefused(int status, String type, String detail) {
        super(detail);
        this.status = status;
        this.type = type;
    }

    static FormRefused unknown(String argument) {
        return malformed("'" + argument + "' is an unrecognized argument!");
    }

    static FormRefused missing(String argument) {
        return malformed("The '" + argument + "' argument is missing!");
    }

    static FormRefused invalid(String argument) {
        return malformed("The value of the '" + argument + "' argument is invalid!");
    }

    static FormRefused login() {
        return new FormRefused(
                401,
                "unauthorized",
                "Incorrect login details, account is locked, password has expired, or your source IP is blocked!");
    }

    /** A reason of business. */
    static FormRefused because(String detail) {
        return new FormRefused(403, "unauthorized", detail);
    }

    private static FormRefused malformed(String detail) {
        return new FormRefused(400, "malformed", detail);
    }

    FormReply reply() {
        return FormReply.refusal(status, type, String.valueOf(getMessage()));
    }
}
