package dev.caas.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec;
import dev.caas.api.Reason;
import dev.caas.entitlement.Identifier;
import dev.caas.entitlement.InvalidNameException;
import dev.caas.kit.Specs;
import dev.caas.platform.Anchor;
import dev.caas.platform.Held;
import dev.caas.platform.LedgerEntry;
import dev.caas.platform.Platforms;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a subscription tells of the organisation behind its domain. */
class OrganizationNoteTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String DOMAIN = "shop.example.com";

    @ParameterizedTest
    @CsvSource({
        "0, ''",
        "367, ''",
        "368, has to be renewed by 2026-03-31T12:00:00Z",
        "397, has to be renewed by 2026-03-02T12:00:00Z",
        "398, for more than the 398 days that it holds at most",
        "500, for more than the 398 days that it holds at most"
    })
    void aValidationIsWarnedOfFromThirtyDaysBeforeItsEndAndAfterIt(int daysInUse, String part)
            throws InvalidNameException {
        var anchor = new Anchor("1001", NOW.minus(Duration.ofDays(daysInUse)), "1001", null);

        var notes = notes(world("validationType: OV, organizationValidation: '1001'", anchor));

        if (part.isEmpty()) {
            assertThat(notes).isEmpty();
        } else {
            assertThat(notes).singleElement().satisfies(note -> {
                assertThat(note.reason()).isEqualTo(Reason.ValidationEnding);
                assertThat(note.text()).contains("1001", part, "is not known here");
            });
        }
    }

    @Test
    void aDomainThatAnotherDeclarationMovedTellsOfBothAnchors() throws InvalidNameException {
        var anchor = new Anchor("1002", NOW, "1001", null);

        assertThat(notes(world("validationType: OV, organizationValidation: '1001'", anchor)))
                .singleElement()
                .satisfies(note -> {
                    assertThat(note.reason()).isEqualTo(Reason.Conflict);
                    assertThat(note.text()).contains("is 1001", "under 1002");
                });
    }

    @Test
    void aDomainWithoutOrganisationHasNothingToTell() throws InvalidNameException {
        assertThat(notes(world("validationType: DV", null))).isEmpty();
    }

    @Test
    void aDomainUnderAnOrganisationIsNoneOfASubscriptionWithoutOne() {
        var standing = Standing.of(world("validationType: DV", new Anchor("1001", NOW, "1001", null)));

        assertThat(standing).isInstanceOfSatisfying(Standing.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.InvalidSpec);
            assertThat(refused.message()).startsWith("spec.validationType").contains("1001");
        });
        assertThat(Standing.of(world("validationType: DV", null))).isInstanceOf(Standing.Added.class);
    }

    private static List<OrganizationNote> notes(Standing.World world) throws InvalidNameException {
        return OrganizationNote.of(world, Identifier.parse(DOMAIN));
    }

    private static Standing.World world(String organization, @Nullable Anchor anchor) {
        var subscription = new DomainSubscription();
        subscription.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName("shop")
                .withUid("1")
                .withCreationTimestamp("2026-02-01T00:00:00Z")
                .build());
        subscription.setSpec(Specs.read(
                DomainSubscriptionSpec.class,
                "{accountRef: {name: acme}, domain: " + DOMAIN + ", " + organization + "}"));
        var account = new CaaSAccount();
        account.setSpec(Specs.account("{state: Active}"));
        var held = new TreeMap<String, Held>();
        held.put(DOMAIN, new Held(NOW, null, null, null, null, anchor, null));
        return new Standing.World(
                subscription,
                Optional.of(account),
                true,
                List.of(subscription),
                new Platforms.Door.BuiltIn(),
                new LedgerEntry(null, held, new TreeMap<>(), null, new TreeMap<>(), null),
                NOW);
    }
}
