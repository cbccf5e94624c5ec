package dev.caas.entitlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNameTest {
    private static final String LABEL_63 = "a".repeat(63);

    @ParameterizedTest
    @CsvSource({
        "example.com, example.com",
        "ExAmple.COM, example.com",
        "example.com., example.com",
        "*.example.com, *.example.com",
        "*.Example.com., *.example.com",
        "bücher.example, xn--bcher-kva.example",
        "BÜCHER.example, xn--bcher-kva.example",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "XN--BCHER-KVA.example, xn--bcher-kva.example",
        "*.bücher.example, *.xn--bcher-kva.example",
        "例え.テスト, xn--r8jz45g.xn--zckzah",
        "例え。テスト, xn--r8jz45g.xn--zckzah",
        "a--b.example, a--b.example",
        "1.example.com, 1.example.com",
        "*.com, *.com"
    })
    void spellingsOfANameAreOneName(String text, String ascii) throws Exception {
        assertThat(DomainName.parse(text)).isEqualTo(new DomainName(ascii)).hasToString(ascii);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "*.",
                "*",
                "localhost",
                "com.",
                "..",
                "a..example.com",
                ".example.com",
                "example.com..",
                "a_b.example.com",
                "_acme-challenge.example.com",
                "a b.example.com",
                " example.com",
                "example.com ",
                "example.com\n",
                "-a.example.com",
                "a-.example.com",
                "*.*.example.com",
                "a.*.example.com",
                "a*.example.com",
                "*a.example.com",
                "**.example.com",
                "192.0.2.1",
                "192.0.2.1.",
                "*.192.0.2.1",
                "2001:db8::1",
                "[2001:db8::1]",
                "１９２.０.２.１",
                "1.2.3",
                "0x7f.1",
                "example.com:443",
                "https://example.com",
                "user@example.com",
                "a／b.example.com",
                "a\u2026b.example.com",
                "\u00ad.example.com",
                "\u0000.example.com",
                "😀\ud83d.example.com"
            })
    void whatNoCertificateCanCarryIsRefused(String text) {
        assertThatThrownBy(() -> DomainName.parse(text)).isInstanceOf(InvalidNameException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"straße.example", "οδός.example", "a\u200db.example", "a\u200cb.example"})
    void aCharacterThatWouldBecomeAnotherDomainIsRefused(String text) {
        assertThatThrownBy(() -> DomainName.parse(text)).hasMessageContaining("A-label");
    }

    @Test
    void aLabelMayHave63OctetsAndANameMayHave253() throws Exception {
        String longest = String.join(".", LABEL_63, LABEL_63, LABEL_63, "a".repeat(61));

        assertThat(DomainName.parse(longest).ascii()).hasSize(253);
        assertThatThrownBy(() -> DomainName.parse(longest + "a"))
                .hasMessageContaining("has 254 octets, a name at most 253");
        assertThatThrownBy(() -> DomainName.parse("*." + longest)).hasMessageContaining("has 255 octets");
        assertThatThrownBy(() -> DomainName.parse("www." + LABEL_63 + "a.com"))
                .hasMessageContaining("label 2 has 64 octets, a label at most 63");
    }

    @Test
    void aRefusalSaysWhatWhereAndWhatToDo() {
        assertThatThrownBy(() -> DomainName.parse("www.my_shop.com"))
                .isInstanceOf(InvalidNameException.class)
                .hasMessage("'www.my_shop.com': label 2 has '_'; use letters, digits and hyphens");
        assertThatThrownBy(() -> DomainName.parse("www..com"))
                .hasMessage("'www..com': label 2 is empty; remove the extra dot");
        assertThatThrownBy(() -> DomainName.parse("10.0.0.1"))
                .hasMessage(
                        "'10.0.0.1': is an IP address where a domain name is wanted; a certificate's go to spec.ipAddresses");
    }

    @Test
    void aRefusalShowsNothingThatMovesATerminal() {
        assertThatThrownBy(() -> DomainName.parse("\u001b[2J\u202e.example.com"))
                .hasMessageStartingWith("'\\u{1b}[2J\\u{202e}.example.com': ");
        assertThatThrownBy(() -> DomainName.parse("_".repeat(5000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void theConstructorTakesTheCanonicalFormOnly() {
        assertThatThrownBy(() -> new DomainName("Example.com")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DomainName("example.com.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DomainName("bücher.example")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theBaseOfAWildcardIsItsZone() {
        assertThat(new DomainName("*.a.example.com").isWildcard()).isTrue();
        assertThat(new DomainName("*.a.example.com").base()).isEqualTo(new DomainName("a.example.com"));
        assertThat(new DomainName("a.example.com").isWildcard()).isFalse();
        assertThat(new DomainName("a.example.com").base()).isEqualTo(new DomainName("a.example.com"));
    }

    @ParameterizedTest
    @CsvSource({
        "a.example.com, true",
        "b.a.example.com, true",
        "*.example.com, true",
        "example.com, false",
        "notexample.com, false",
        "a-example.com, false",
        "com, false",
        "example.org, false"
    })
    void belowMeansAtLeastOneMoreLabel(String name, boolean below) {
        assertThat(new DomainName(name).isBelow(new DomainName("example.com"))).isEqualTo(below);
    }

    @ParameterizedTest
    @CsvSource({
        "*.com, true",
        "co.uk, true",
        "*.co.uk, true",
        "公司.cn, true",
        "xn--55qx5d.cn, true",
        "*.公司.cn, true",
        "anything.ck, true",
        "www.ck, false",
        "example.co.uk, false",
        "*.example.com, false",
        "shop.test, false",
        "*.shop.test, false",
        "*.test, true",
        "azurewebsites.net, false"
    })
    void aNameThatARegistryHandsOutNamesBelowIsPublic(String name, boolean expected) throws Exception {
        assertThat(DomainName.parse(name).isPublicSuffix()).isEqualTo(expected);
    }

    @Property
    void whateverIsWrittenIsRefusedOrCanonical(@ForAll("texts") String text) {
        try {
            DomainName name = DomainName.parse(text);

            assertThat(name.ascii())
                    .hasSizeLessThanOrEqualTo(253)
                    .matches("(\\*\\.)?([a-z0-9-]{1,63}\\.)*[a-z0-9-]{1,63}");
            assertThat(DomainName.parse(name.ascii())).isEqualTo(name);
        } catch (InvalidNameException e) {
            assertThat(e.problem()).contains(";");
            assertThat(e).hasMessageEndingWith(e.problem());
        }
    }

    @Property
    void caseAndTheTrailingDotMakeNoDifference(@ForAll("names") String name) throws Exception {
        assertThat(DomainName.parse(name.toUpperCase(Locale.ROOT) + ".")).isEqualTo(DomainName.parse(name));
    }

    @Property
    void everyNameIsBelowEachOfItsParentsAndNotBelowItself(@ForAll("names") String text) throws Exception {
        DomainName name = DomainName.parse(text);

        assertThat(name.isBelow(name)).isFalse();
        for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
            assertThat(name.isBelow(new DomainName(text.substring(dot + 1)))).isTrue();
        }
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of(
                "a", "Z", "9", "-", ".", ".", "*", "*.", "_", " ", "ü", "İ", "ß", "例", "。", "１", "xn--", "com", "co.uk",
                "\u202e", "\ud83d");
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300),
                pieces.list().ofMaxSize(12).map(list -> String.join("", list)),
                names());
    }

    @Provide
    Arbitrary<String> names() {
        Arbitrary<String> label = Arbitraries.strings()
                .withCharRange('a', 'z')
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(20)
                .map(text -> "l" + text);
        return label.list().ofMinSize(2).ofMaxSize(6).map(labels -> String.join(".", labels));
    }
}
