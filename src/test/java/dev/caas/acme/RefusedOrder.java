package dev.caas.acme;

import java.net.MalformedURLException;
import java.net.URI;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.toolbox.JSONBuilder;

/** What a CA says that does not take an order. */
public final class RefusedOrder {
    private RefusedOrder() {}

    /**
     * At newOrder, with a problem document.
     *
     * @param type of the ACME namespace
     */
    public static AcmeFailure with(String type, String detail) {
        var document = new JSONBuilder()
                .put("type", Failures.URN + type)
                .put("detail", detail)
                .toJSON();
        try {
            var problem = new Problem(
                    document, URI.create("https://acme.example.com/").toURL());
            return Failures.problem(Step.NEW_ORDER, 403, problem, null);
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
