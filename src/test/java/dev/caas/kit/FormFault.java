package dev.caas.kit;

import java.util.function.UnaryOperator;

/** What a rule does to a request of the form API. */
sealed interface FormFault {
    /** Closes the connection before the request is read: it has no effect. */
    record CutBefore() implements FormFault {}

    /** Does what was asked, and closes the connection instead of answering. */
    record CutAfter() implements FormFault {}

    /** Does what was asked, and closes the connection in the middle of the answer. */
    record CutInside() implements FormFault {}

    /** Answers without doing anything; the body may be made of the request's. */
    record Answer(int status, String contentType, UnaryOperator<String> body) implements FormFault {}

    /** Does what was asked, and answers with something else. */
    record Spoil(UnaryOperator<String> body) implements FormFault {}

    /** Keeps the request before it has an effect, or the answer to it, until the test lets go. */
    record Held(Hold hold, boolean afterEffect) implements FormFault {}
}
