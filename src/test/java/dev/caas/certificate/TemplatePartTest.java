package dev.caas.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

/** Labels and annotations that are declared for a Secret, beside those that others put on it. */
class TemplatePartTest {
    private static final SecretContent THEIRS = new SecretContent(
            Map.of("tls.crt", "eA=="),
            Map.of("caas.dev/role", "certificate", "team", "shop"),
            Map.of("reloader", "on"));

    @Property
    void whatIsDeclaredIsThereAndWhatIsNotAnyMoreIsGone(
            @ForAll @Size(max = 3) Map<@CharRange(from = 'a', to = 'd') @StringLength(1) String, String> before,
            @ForAll @Size(max = 3) Map<@CharRange(from = 'a', to = 'd') @StringLength(1) String, String> after) {
        var content = new TemplatePart(before, after).putInto(THEIRS);
        var part = new TemplatePart(after, before);

        var put = part.putInto(content);

        assertThat(part.isIn(put)).isTrue();
        assertThat(part.isIn(content)).isEqualTo(before.equals(after));
        assertThat(put).isEqualTo(part.putInto(THEIRS));
        assertThat(put.labels()).containsAllEntriesOf(after).containsAllEntriesOf(THEIRS.labels());
        assertThat(put.annotations()).containsAllEntriesOf(before).containsAllEntriesOf(THEIRS.annotations());
        assertThat(TemplatePart.of((dev.caas.api.ManagedCertificateSpec.SecretTemplate) null)
                        .putInto(put))
                .isEqualTo(THEIRS);
    }

    @Example
    void driftIsNoticed() {
        var part = new TemplatePart(Map.of("a", "1"), Map.of("b", "2"));
        var put = part.putInto(THEIRS);

        assertThat(part.isIn(put)).isTrue();
        assertThat(part.isIn(put.withLabels(Map.of()))).isFalse();
        assertThat(part.isIn(put.withNote("b", "3"))).isFalse();
        assertThat(part.isIn(put.withNote("caas.dev/template-labels", ""))).isFalse();
    }

    /** Whoever writes into the note cannot make the operator forget its Secret. */
    @Example
    void whatTheOperatorKnowsItsSecretsByIsNeverTakenAway() {
        var forged = THEIRS.withNote("caas.dev/template-labels", "caas.dev/role,app.kubernetes.io/managed-by,team");

        assertThat(new TemplatePart(Map.of(), Map.of()).putInto(forged).labels())
                .isEqualTo(Map.of("caas.dev/role", "certificate"));
    }
}
