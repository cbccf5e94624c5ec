package dev.caas.outbound;

/**
 * The operator's administrator does not allow connections to this address. The message names the host, the reason and
 * the setting to change; it is fit for status and holds no user information of a URL.
 */
public final class AddressNotAllowedException extends Exception {
    public AddressNotAllowedException(String message) {
        super(message);
    }
}
