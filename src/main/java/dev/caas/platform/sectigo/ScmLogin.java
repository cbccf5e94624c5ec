package dev.caas.platform.sectigo;

import java.util.List;

/**
 * Who asks Certificate Manager. It does not print.
 *
 * @param login user name
 * @param password its password
 * @param customerUri the customer's part of the login URL
 */
public record ScmLogin(String login, String password, String customerUri) {
    /** What no message may show. */
    List<String> secrets() {
        return List.of(login, password, customerUri);
    }

    @Override
    public String toString() {
        return "ScmLogin[]";
    }
}
