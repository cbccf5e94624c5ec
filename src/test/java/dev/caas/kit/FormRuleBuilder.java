package dev.caas.kit;

import java.util.function.Consumer;
import java.util.function.Predicate;

/** Says which requests of the form API a fault is for, how often, and which fault. */
public final class FormRuleBuilder {
    private final Consumer<FormRule> register;
    private Predicate<FormCall> calls;
    private int times = Integer.MAX_VALUE;

    FormRuleBuilder(String action, Consumer<FormRule> register) {
        this.calls = call -> call.action().equals(action);
        this.register = register;
    }

    /** Only requests with that argument, such as {@code quoteOnly} N or a binding's {@code acmeAccountID}. */
    public FormRuleBuilder with(String argument, String value) {
        calls = calls.and(call -> call.argument(argument).equals(value));
        return this;
    }

    /** Applies to so many requests, then no more; without it, until removed. */
    public FormRuleBuilder times(int count) {
        times = count;
        return this;
    }

    public FormRuleBuilder once() {
        return times(1);
    }

    /** Closes the connection, and nothing is done. */
    public FormRule cutBefore() {
        return add(new FormFault.CutBefore());
    }

    /** Closes the connection, and everything is done. */
    public FormRule cutAfter() {
        return add(new FormFault.CutAfter());
    }

    /** Closes the connection in the middle of the answer, and everything is done. */
    public FormRule cutInside() {
        return add(new FormFault.CutInside());
    }

    /** Refuses with 403 and this text. */
    public FormRule refuse(String detail) {
        return refuse(403, "unauthorized", detail);
    }

    /** Refuses with an error document. */
    public FormRule refuse(int status, String type, String detail) {
        return answer(
                status,
                "application/json",
                FormReply.refusal(status, type, detail).body());
    }

    /** Answers anything at all, and nothing is done. */
    public FormRule answer(int status, String contentType, String body) {
        return add(new FormFault.Answer(status, contentType, request -> body));
    }

    /** Refuses as a careless server would, with the whole request in the error's text: its login, too. */
    public FormRule echo(int status) {
        return add(new FormFault.Answer(
                status,
                "application/json",
                request -> FormReply.refusal(status, "unauthorized", "cannot do " + request)
                        .body()));
    }

    /** Everything is done, and the answer says nothing of it. */
    public FormRule answerAfter(String body) {
        return add(new FormFault.Spoil(reply -> body));
    }

    /** Stops the request before it has an effect. */
    public Hold hold() {
        var hold = new Hold();
        add(new FormFault.Held(hold, false));
        return hold;
    }

    /** Stops the answer, when everything is done. */
    public Hold holdAfter() {
        var hold = new Hold();
        add(new FormFault.Held(hold, true));
        return hold;
    }

    private FormRule add(FormFault fault) {
        var rule = new FormRule(calls, times, fault);
        register.accept(rule);
        return rule;
    }
}
