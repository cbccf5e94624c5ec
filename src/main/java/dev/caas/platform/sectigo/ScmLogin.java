package dev.caas.platform.sectigo;

import dev.caas.platform.PlatformFailure;
import java.util.List;

/**
 * Who asks Certificate Manager. It does not print.
 *
 * @param login user name
 * @param password its password
 * @param customerUri the customer's part of the login URL
 */
public record ScmLogin(String login, String password, String customerUri) {

    /** Where the credentials come from. It is asked for each request, so that changed ones are used at once. */
    public interface Source {
        /** The credentials as they are now. */
        ScmLogin get() throws PlatformFailure;
    }

    /** What no message may show. */
    List<String> secrets() {
        return List.of(login, password, customerUri);
    }

    @Override
    public String toString() {
        return "ScmLogin[]";
    }
}
