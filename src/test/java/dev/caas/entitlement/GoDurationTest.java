package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
    @ParameterizedTest
    @CsvSource({
        "720h, PT720H",
        "1h30m, PT1H30M",
        "90s, PT1M30S",
        "1h1s, PT1H1S",
        "0s, PT0S",
        "007m, PT7M",
        "876000h, PT876000H"
    })
    void hoursMinutesAndSecondsAreRead(String text, Duration duration) throws Exception {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "90", "h", "1d", "1.5h", "-1h", "1h ", "30m1h", "1ms", "1H", "１h", "90 days"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> GoDuration.parse(text))
                .isInstanceOf(InvalidDurationException.class)
                .hasMessage(
                        "'" + text + "' is no duration; write hours, minutes and seconds, such as 720h, 1h30m or 90s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"876000h1s", "99999999999999h", "9223372036854775807h", "99999999999999999999999s"})
    void moreThanAHundredYearsIsRefused(String text) {
        assertThatThrownBy(() -> GoDuration.parse(text))
                .isInstanceOf(InvalidDurationException.class)
                .hasMessageContaining("is too long; at most 876000h");
    }

    @Property
    void theSumOfItsPartsIsTheDuration(
            @ForAll @IntRange(max = 9999) int h,
            @ForAll @IntRange(max = 9999) int m,
            @ForAll @IntRange(max = 9999) int s)
            throws Exception {
        assertThat(GoDuration.parse(h + "h" + m + "m" + s + "s"))
                .isEqualTo(Duration.ofHours(h).plusMinutes(m).plusSeconds(s));
    }
}
