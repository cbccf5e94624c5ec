package dev.caas.kit;

import java.time.Duration;

/** What a rule does to a request. */
sealed interface Fault {
    /** Answers in the CA's place; the CA never hears of it. */
    record Answer(AcmeReply reply) implements Fault {}

    /** Forwards after a while. */
    record Delay(Duration duration) implements Fault {}

    /** Closes the connection: before the CA hears of the request, or after it did what was asked. */
    record Cut(boolean afterForwarding) implements Fault {}

    /** Keeps the request, or the CA's reply to it, until the test lets go. */
    record Held(Hold hold, boolean afterForwarding) implements Fault {}
}
