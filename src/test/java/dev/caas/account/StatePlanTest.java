package dev.caas.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.account.StatePlan.Step;
import dev.caas.api.CaaSAccountSpec.State;
import dev.caas.platform.Deed;
import dev.caas.platform.PartnerApi.Act;
import dev.caas.platform.PartnerApi.Scope;
import dev.caas.platform.PartnerViews.Account;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is done next, by what is declared, on record and listed. On record, {@code ?} is what was never answered, and in
 * brackets are those that others had suspended before.
 */
class StatePlanTest {

    @ParameterizedTest(name = "{5}")
    @CsvSource(delimiter = '|', textBlock = """
            Active      |             |                     | a=VALID                  |                      | nothing declared, nothing done
            Suspended   |             |                     | a=VALID                  | do SUSPEND binding   | a binding is suspended
            Suspended   |             |                     | a=PENDING                | do SUSPEND binding   | one that nobody used is, too
            Suspended   |             |                     |                          | do SUSPEND binding   | and one without accounts
            Suspended   |             |                     | a=DEACTIVATED            | do SUSPEND binding   | and one whose account is given up: new ones might be made
            Suspended   |             |                     | a=SUSPENDED              |                      | others suspended it: nothing to ask for, nothing to undo
            Suspended   |             |                     | a=SUSPENDED b=VALID      | do SUSPEND binding   | others suspended one account of it only
            Suspended   | a=Suspended | a=SUSPEND           | a=SUSPENDED              | do SUSPEND binding   | its one account alone is suspended, by us: not the binding
            Suspended   |             | binding=SUSPEND     | a=DEACTIVATED b=SUSPENDED|                      | suspended once, although one account is given up
            Suspended   |             | binding=SUSPEND     | a=SUSPENDED b=OTHER      |                      | suspended once, whatever a state's name means
            Suspended   |             | binding=SUSPEND     | a=SUSPENDED b=VALID      | do SUSPEND binding   | an account is in use again
            Suspended   |             | binding=SUSPEND?    | a=SUSPENDED              | do SUSPEND binding   | nobody knows whether the binding itself was
            Suspended   |             | a=SUSPEND binding=SUSPEND | a=SUSPENDED        |                      | nothing is resumed while the binding is suspended
            Suspended   |             | a=SUSPEND           | a=SUSPENDED              | do SUSPEND binding   | not in the edit that suspends the binding either
            Suspended   | a=Suspended | binding=SUSPEND?    | a=VALID                  | do SUSPEND binding, do SUSPEND a | an account is suspended even where the binding cannot be
            Suspended   |             | binding=DEACTIVATE  | a=DEACTIVATED            |                      | what is given up cannot be suspended
            Active      |             | binding=SUSPEND     | a=DEACTIVATED b=SUSPENDED| undo binding         | resumed, although one account is given up
            Active      |             | binding=SUSPEND     | a=VALID b=SUSPENDED      | undo binding         | resumed, although others resumed one account
            Active      |             | binding=SUSPEND     | a=OTHER b=SUSPENDED      | undo binding         | resumed, whatever a state's name means
            Active      |             | binding=SUSPEND     | a=DEACTIVATED            | undo binding         | resumed, although no account shows it
            Active      |             | binding=SUSPEND     | a=VALID                  | forget binding       | others resumed all of it
            Active      |             | binding=SUSPEND?    | a=VALID                  | undo binding         | it may yet take effect
            Active      |             | binding=SUSPEND     | a=SUSPENDED              | undo binding         | an account is resumed with its binding, and not before
            Active      |             | a=SUSPEND binding=SUSPEND | a=SUSPENDED        | undo binding         | even one that was suspended alone
            Active      |             | binding=DEACTIVATE  | a=DEACTIVATED            |                      | what is given up stays so
            Active      |             |                     | a=SUSPENDED              |                      | what others suspended is not resumed
            Active      |             | binding=RESUME[b]   | a=VALID b=VALID          | restore b            | what was suspended before is suspended again
            Active      |             | binding=RESUME[b]   | a=VALID b=SUSPENDED      | forget binding       | and then all is as before
            Active      |             | binding=RESUME[b]   | a=VALID                  | forget binding       | also when it is gone
            Active      | a=Suspended | binding=RESUME[b]   | a=VALID b=VALID          | do SUSPEND a, restore b | with what is declared beside it
            Suspended   |             | binding=RESUME[b]   | a=VALID b=VALID          | do SUSPEND binding   | suspended again before that was done
            Deactivated |             |                     | a=VALID                  | do DEACTIVATE binding| a binding is deactivated
            Deactivated |             |                     | a=DEACTIVATED            | do DEACTIVATE binding| although its accounts are given up already
            Deactivated |             | binding=SUSPEND     | a=SUSPENDED              | do DEACTIVATE binding| and one that is suspended
            Deactivated |             | binding=DEACTIVATE? | a=DEACTIVATED            | do DEACTIVATE binding| nobody knows whether it was
            Deactivated |             | binding=DEACTIVATE  | a=DEACTIVATED b=SUSPENDED|                      | deactivated once
            Deactivated |             | binding=DEACTIVATE  | a=VALID                  | do DEACTIVATE binding| an account is in use all the same
            Active      | a=Suspended |                     | a=VALID b=VALID          | do SUSPEND a         | one account is suspended
            Active      | a=Suspended |                     | a=SUSPENDED              |                      | others suspended it
            Active      | a=Suspended |                     | a=DEACTIVATED            |                      | it is given up
            Active      | a=Suspended | a=SUSPEND           | a=OTHER                  |                      | it is suspended once
            Active      | a=Suspended | a=SUSPEND?          | a=OTHER                  | do SUSPEND a         | until the platform says so
            Active      | a=Suspended | a=SUSPEND           | a=VALID                  | do SUSPEND a         | others resumed it
            Active      | a=Active    | a=SUSPEND           | a=SUSPENDED              | undo a               | one account is resumed
            Active      |             | a=SUSPEND           | a=SUSPENDED              | undo a               | one that is not named any more is, too
            Active      |             | a=SUSPEND?          | a=VALID                  | undo a               | its suspension may yet take effect
            Active      |             | a=SUSPEND           | a=VALID                  | forget a             | others resumed it
            Active      |             | a=SUSPEND?          | a=DEACTIVATED            | forget a             | it is given up
            Active      | a=Deactivated |                   | a=VALID b=VALID          | do DEACTIVATE a      | one account is deactivated
            Active      | a=Deactivated | a=SUSPEND         | a=SUSPENDED              | do DEACTIVATE a      | one that is suspended, too
            Active      | a=Deactivated | a=DEACTIVATE      | a=DEACTIVATED            |                      | it is done
            Active      |             | a=DEACTIVATE        | a=DEACTIVATED            |                      | and stays done
            """)
    void whatIsDone(
            State declared,
            @Nullable String named,
            @Nullable String applied,
            @Nullable String list,
            @Nullable String steps,
            String why) {
        var plan = plan(declared, named, applied, list);

        assertThat(plan.steps("kid").stream().map(StatePlanTest::text).toList())
                .as(why)
                .containsExactlyInAnyOrderElementsOf(steps == null ? List.of() : Arrays.asList(steps.split(", ", -1)));
    }

    /** As the stand-in has it: resuming a binding resumes every account of it. */
    @Test
    void afterASuspensionAllIsAsItWasBefore() {
        var before = plan(State.Suspended, null, "c=SUSPEND", "a=VALID b=SUSPENDED c=SUSPENDED");

        assertThat(before.suspendedBefore()).as("suspended by others").containsExactly("b");
        var suspended =
                plan(State.Suspended, null, "c=SUSPEND binding=SUSPEND[b]", "a=SUSPENDED b=SUSPENDED c=SUSPENDED");
        assertThat(suspended.steps("kid")).isEmpty();
        assertThat(suspended.suspendedBefore()).as("all look alike now").containsExactly("b");
    }

    @Test
    void whatWasStillToBeRestoredIsRememberedByTheNextSuspension() {
        var plan = plan(State.Suspended, null, "binding=RESUME[b]", "a=VALID b=VALID c=SUSPENDED");

        assertThat(plan.suspendedBefore()).containsExactly("b", "c");
    }

    @ParameterizedTest
    @CsvSource({
        "SUSPEND, a=SUSPENDED b=DEACTIVATED, true",
        "SUSPEND, a=SUSPENDED b=VALID, false",
        "DEACTIVATE, a=DEACTIVATED, true",
        "DEACTIVATE, a=DEACTIVATED b=SUSPENDED, false"
    })
    void aListShowsWhetherAStepWasTaken(Act act, String list, boolean shown) {
        var plan = plan(State.Active, null, null, list);

        assertThat(plan.isShown(new Step.Do(act, new Scope.Binding("kid")))).isEqualTo(shown);
        assertThat(plan.isShown(new Step.Do(act, new Scope.OneAccount("a"))))
                .as("the first account alone")
                .isTrue();
    }

    private static StatePlan plan(
            State declared, @Nullable String named, @Nullable String applied, @Nullable String list) {
        return new StatePlan(
                declared,
                pairs(named, State::valueOf),
                pairs(applied, StatePlanTest::deed),
                words(list)
                        .map(pair -> pair.split("=", -1))
                        .map(pair -> new Account(
                                pair[0],
                                "kid",
                                Account.State.valueOf(pair[1]),
                                pair[1],
                                Optional.empty(),
                                Optional.empty()))
                        .toList());
    }

    private static <T> Map<String, T> pairs(@Nullable String text, Function<String, T> value) {
        return words(text)
                .map(pair -> pair.split("=", -1))
                .collect(Collectors.toMap(pair -> pair[0], pair -> value.apply(pair[1])));
    }

    private static Stream<String> words(@Nullable String text) {
        return text == null ? Stream.of() : Arrays.stream(text.split(" ", -1));
    }

    private static Deed deed(String text) {
        var parts = text.split("[\\[\\]]", -1);
        boolean answered = !parts[0].endsWith("?");
        return new Deed(
                Act.valueOf(parts[0].replace("?", "")),
                answered,
                parts.length == 1 ? new TreeSet<>() : new TreeSet<>(List.of(parts[1])));
    }

    private static String text(Step step) {
        var scope = StatePlan.key(step.scope());
        return switch (step) {
            case Step.Do act -> "do " + act.act() + " " + scope;
            case Step.Undo _ -> "undo " + scope;
            case Step.Restore _ -> "restore " + scope;
            case Step.Forget _ -> "forget " + scope;
        };
    }
}
