package dev.caas.kit;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says which requests of a step a fault is for, how often, and which fault. Tests share the proxy, so a name is always
 * given: a DNS name of the order, or the key identifier of the account's binding.
 */
public final class RuleBuilder {
    private final Step step;
    private final Consumer<Rule> register;
    private String scope = "";
    private @Nullable Predicate<Set<String>> names;
    private Predicate<String> payload = text -> true;
    private int times = Integer.MAX_VALUE;

    RuleBuilder(Step step, Consumer<Rule> register) {
        this.step = step;
        this.register = register;
    }

    /** Requests about this DNS name, or of the account bound with this key identifier. */
    public RuleBuilder forName(String name) {
        scope = AcmeProxy.normalized(name);
        String wanted = scope;
        names = about -> about.contains(wanted);
        return this;
    }

    /** Requests about a name that has this text in it, such as the label a test made up for itself. */
    public RuleBuilder forNamesContaining(String part) {
        scope = part.toLowerCase(Locale.ROOT);
        String wanted = scope;
        names = about -> about.stream().anyMatch(name -> name.contains(wanted));
        return this;
    }

    /** All requests of the step, of every test: for steps without names, and for whoever has a proxy alone. */
    public RuleBuilder forEveryone() {
        scope = "";
        names = about -> true;
        return this;
    }

    /** Only requests whose JWS payload satisfies this too. */
    public RuleBuilder whenPayload(Predicate<String> condition) {
        payload = condition;
        return this;
    }

    /** Applies to so many requests, then no more; without it, until removed. */
    public RuleBuilder times(int count) {
        times = count;
        return this;
    }

    public RuleBuilder once() {
        return times(1);
    }

    /** Answers with a problem document; a type without colon is one of the ACME namespace. */
    public Rule answer(int status, String problemType, String detail) {
        return answer(status, problemType, detail, Map.of());
    }

    /** Answers with a problem document and headers such as Retry-After. */
    public Rule answer(int status, String problemType, String detail, Map<String, String> headers) {
        return add(new Fault.Answer(AcmeReply.problem(status, problemType, detail, headers)));
    }

    /** Answers with any body. */
    public Rule answerWith(int status, String contentType, String body, Map<String, String> headers) {
        return add(new Fault.Answer(AcmeReply.text(status, contentType, body, headers)));
    }

    /** Answers 200 with something that is neither JSON nor PEM. */
    public Rule garbage() {
        return answerWith(200, "text/html", "<html><body>Bad gateway</body>", Map.of());
    }

    /** Forwards after a while. */
    public Rule delay(Duration duration) {
        return add(new Fault.Delay(duration));
    }

    /** Closes the connection without forwarding: the CA never hears of the request. */
    public Rule cut() {
        return add(new Fault.Cut(false));
    }

    /** Forwards, then closes the connection: the CA did it, the client does not know. A bad nonce passes. */
    public Rule cutAfter() {
        return add(new Fault.Cut(true));
    }

    /** Stops the request before it is forwarded. */
    public Hold hold() {
        var hold = new Hold();
        add(new Fault.Held(hold, false));
        return hold;
    }

    /** Stops the CA's reply before it is handed to the client. A bad nonce passes. */
    public Hold holdAfter() {
        var hold = new Hold();
        add(new Fault.Held(hold, true));
        return hold;
    }

    private Rule add(Fault fault) {
        Predicate<Set<String>> scoped = names;
        if (scoped == null) {
            throw new IllegalStateException("A rule needs forName, forNamesContaining or forEveryone");
        }
        var rule = new Rule(step, scope, scoped, payload, times, fault);
        register.accept(rule);
        return rule;
    }
}
