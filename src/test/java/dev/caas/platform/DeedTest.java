package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.platform.PartnerApi.Act;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeedTest {

    @Test
    void theLedgerRemembersWhatWasDoneWhetherThatIsKnownAndWhomOthersHadSuspended() throws LedgerUnreadableException {
        var applied = new TreeMap<String, Deed>();
        applied.put("binding", Deed.done(Act.SUSPEND, List.of("b", "a")));
        applied.put("c", Deed.begun(Act.DEACTIVATE, List.of()));
        var entry = LedgerEntry.empty().withApplied(applied);

        assertThat(LedgerEntry.fromJson(entry.toJson())).isEqualTo(entry);
    }
}
