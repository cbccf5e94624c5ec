package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoverageTest {
    /** The table of design.md section 2, with z = z.com. */
    @ParameterizedTest
    @CsvSource({
        "a.z.com, false, a.z.com,     true",
        "a.z.com, false, b.z.com,     false",
        "a.z.com, false, z.com,       false",
        "a.z.com, false, *.z.com,     false",
        "a.z.com, false, *.a.z.com,   false",
        "a.z.com, false, b.a.z.com,   false",
        "*.z.com, false, *.z.com,     true",
        "*.z.com, false, a.z.com,     false",
        "*.z.com, false, z.com,       false",
        "*.z.com, false, *.a.z.com,   false",
        "z.com,   true,  z.com,       true",
        "z.com,   true,  a.z.com,     true",
        "z.com,   true,  b.a.z.com,   true",
        "z.com,   true,  *.z.com,     true",
        "z.com,   true,  *.a.z.com,   true",
        "z.com,   true,  notz.com,    false",
        "z.com,   true,  *.notz.com,  false",
        "z.com,   true,  z.com.evil.com, false",
        "*.z.com, true,  z.com,       false",
        "*.z.com, true,  a.z.com,     true",
        "*.z.com, true,  b.a.z.com,   true",
        "*.z.com, true,  *.z.com,     true",
        "*.z.com, true,  *.a.z.com,   true",
        "*.z.com, true,  notz.com,    false"
    })
    void theTableHolds(String subscribed, boolean coversSubdomains, String name, boolean covered) {
        assertThat(Coverage.covers(new DomainName(subscribed), coversSubdomains, new DomainName(name)))
                .isEqualTo(covered);
    }

    @Property
    void withoutSubdomainsANameCoversItselfOnly(
            @ForAll("names") DomainName subscribed, @ForAll("names") DomainName name) {
        assertThat(Coverage.covers(subscribed, false, name)).isEqualTo(subscribed.equals(name));
    }

    @Property
    void coveringSubdomainsTakesNothingAway(@ForAll("names") DomainName subscribed, @ForAll("names") DomainName name) {
        if (Coverage.covers(subscribed, false, name)) {
            assertThat(Coverage.covers(subscribed, true, name)).isTrue();
        }
    }

    @Property
    void nothingOutsideTheZoneIsCovered(
            @ForAll("names") DomainName subscribed,
            @ForAll boolean coversSubdomains,
            @ForAll("names") DomainName name) {
        if (Coverage.covers(subscribed, coversSubdomains, name)) {
            assertThat("." + name.base()).endsWith("." + subscribed.base());
        }
    }

    @Property
    void whatIsCoveredBelowANameIsCoveredByIt(
            @ForAll("names") DomainName outer, @ForAll("names") DomainName inner, @ForAll("names") DomainName name) {
        if (Coverage.covers(outer, true, inner) && Coverage.covers(inner, true, name)) {
            assertThat(Coverage.covers(outer, true, name)).isTrue();
        }
    }

    @Provide
    Arbitrary<DomainName> names() {
        Arbitrary<String> labels =
                Arbitraries.of("a", "b", "za").list().ofMaxSize(3).map(list -> String.join(".", list));
        return Arbitraries.of("z.com", "com.z", "za.com")
                .flatMap(zone -> labels.map(text -> text.isEmpty() ? zone : text + "." + zone))
                .flatMap(name -> Arbitraries.of(name, "*." + name))
                .map(DomainName::new);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,   false, 192.0.2.1,     true",
        "192.0.2.1,   false, 192.0.2.10,    false",
        "192.0.2.1,   true,  1.192.0.2.1.z.com, false",
        "192.0.2.1,   true,  192.0.2.1,     true",
        "2001:db8::1, false, 2001:DB8:0::1, true",
        "2001:db8::1, true,  2001:db8::2,   false",
        "z.com,       true,  192.0.2.1,     false"
    })
    void anAddressCoversItselfOnly(String subscribed, boolean coversSubdomains, String wanted, boolean covered)
            throws InvalidNameException {
        assertThat(Coverage.covers(Identifier.parse(subscribed), coversSubdomains, Identifier.parse(wanted)))
                .isEqualTo(covered);
    }
}
