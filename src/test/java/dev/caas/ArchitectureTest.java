package dev.caas;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** The rooms and who may know whom: what each package-info promises, held. */
class ArchitectureTest {
    private static final JavaClasses OPERATOR = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.caas");

    @Test
    void apiKnowsNoOtherRoom() {
        hold(noClasses()
                .that()
                .resideInAPackage("dev.caas.api..")
                .should()
                .dependOnClassesThat(resideInAPackage("dev.caas..").and(resideOutsideOfPackages("dev.caas.api.."))));
    }

    @Test
    void onlyAcmeKnowsAcme4j() {
        hold(onlyIn("org.shredzone.acme4j..", "dev.caas.acme.."));
    }

    @Test
    void onlyPkiKnowsBouncyCastleAndAcmeWhereAcme4jAsksForIt() {
        hold(onlyIn("org.bouncycastle..", "dev.caas.pki..", "dev.caas.acme.."));
    }

    @Test
    void onlyDns01KnowsDnsjava() {
        hold(onlyIn("org.xbill..", "dev.caas.challenge.dns01.."));
    }

    @Test
    void kubeKnowsNoFeature() {
        hold(noClasses()
                .that()
                .resideInAPackage("dev.caas.kube..")
                .should()
                .dependOnClassesThat(resideInAPackage("dev.caas..")
                        .and(resideOutsideOfPackages("dev.caas.kube..", "dev.caas.api.."))));
    }

    /** Whether a name may be issued is asked of values; nothing is fetched while answering. */
    @Test
    void entitlementIsPure() {
        hold(noClasses()
                .that()
                .resideInAPackage("dev.caas.entitlement..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "dev.caas.kube..",
                                "io.fabric8.kubernetes.client..",
                                "io.javaoperatorsdk..",
                                "java.net.http..")
                        .or(resideInAPackage("dev.caas..")
                                .and(resideOutsideOfPackages("dev.caas.entitlement..", "dev.caas.api..")))));
    }

    /** A certificate does not know who asked for it. */
    @Test
    void noRoomKnowsTheSources() {
        hold(noClasses()
                .that()
                .resideInAPackage("dev.caas.*..")
                .and()
                .resideOutsideOfPackage("dev.caas.source..")
                .should()
                .dependOnClassesThat(resideInAPackage("dev.caas.source..")));
    }

    @Test
    void roomsDependInOneDirection() {
        hold(slices().matching("dev.caas.(*)..").should().beFreeOfCycles());
    }

    private static ArchRule onlyIn(String library, String... rooms) {
        return noClasses().that(resideOutsideOfPackages(rooms)).should().dependOnClassesThat(resideInAPackage(library));
    }

    /** A room that is not built yet breaks no rule. */
    private static void hold(ArchRule rule) {
        rule.allowEmptyShould(true).check(OPERATOR);
    }
}
