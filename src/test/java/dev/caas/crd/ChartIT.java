package dev.caas.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Parts;
import dev.caas.kit.Stage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The chart as an administrator uses it: what helm makes of it, and what a real API server says to that. */
@ExtendWith(CaasExtension.class)
class ChartIT {
    private static final HelmChart CHART = new HelmChart(Parts.helm());
    private static final String NAME = "caas-operator";

    private static KubernetesClient client;

    @BeforeAll
    static void namespaces(Stage stage) {
        client = stage.client();
        for (String namespace : List.of(HelmChart.NAMESPACE, "team-a", "team-b")) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(namespace)
                            .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                            .endMetadata()
                            .build())
                    .serverSideApply();
        }
    }

    @Test
    void lintFindsNothing() throws Exception {
        HelmChart.Answer answer = CHART.lint();

        assertThat(answer.succeeded()).as(answer.text()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "replicas=1",
                "replicas=2",
                "namespaces={team-a,team-b}",
                "crds.keep=false",
                "audit.file=/tmp/audit"
            })
    void everyObjectIsTaken(String values) throws Exception {
        List<HasMetadata> objects = CHART.objects(values);

        assertThat(objects).hasSizeGreaterThan(10);
        for (HasMetadata object : objects) {
            assertThatCode(() -> client.resource(object)
                            .dryRun()
                            .fieldValidation(Validation.STRICT)
                            .fieldManager("helm")
                            .forceConflicts()
                            .serverSideApply())
                    .as("%s %s", object.getKind(), object.getMetadata().getName())
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void podsPassTheRestrictedStandard() throws Exception {
        List<HasMetadata> objects = CHART.objects();

        assertTaken(one(objects, Deployment.class).getSpec().getTemplate().getSpec());
        assertTaken(one(objects, Job.class).getSpec().getTemplate().getSpec());
    }

    private static void assertTaken(PodSpec spec) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName("probe")
                .withNamespace("team-a")
                .endMetadata()
                .withSpec(spec.edit().withServiceAccountName("default").build())
                .build();

        assertThatCode(() -> client.resource(pod).dryRun().create()).doesNotThrowAnyException();
    }

    /** What runs after the operator's own rights are gone brings its own, and is gone with them. */
    @Test
    void uninstallLeavesNoAddressesAndItself() throws Exception {
        for (String values : List.of("replicas=1", "namespaces={team-a,team-b}")) {
            List<HasMetadata> hooks = CHART.objects(values).stream()
                    .filter(object -> "post-delete"
                            .equals(
                                    object.getMetadata().getAnnotations() == null
                                            ? null
                                            : object.getMetadata()
                                                    .getAnnotations()
                                                    .get("helm.sh/hook")))
                    .toList();

            assertThat(hooks).extracting(HasMetadata::getKind).contains("ServiceAccount", "Job");
            assertThat(hooks.stream().flatMap(ChartIT::rules))
                    .isNotEmpty()
                    .allSatisfy(rule -> assertThat(rule.getResources()).containsExactly("endpointslices"));
            assertThat(hooks)
                    .allSatisfy(hook -> assertThat(hook.getMetadata().getAnnotations())
                            .containsEntry("helm.sh/hook-delete-policy", "before-hook-creation,hook-succeeded"));
        }
    }

    @Test
    void allNamespacesAreServedUnlessSomeAreListed() throws Exception {
        List<HasMetadata> objects = CHART.objects();

        assertThat(resources(operatorRole(objects).getRules())).contains("secrets", "managedcertificates/status");
        assertThat(all(objects, Role.class))
                .extracting(r -> r.getMetadata().getName())
                .containsExactly(NAME + "-leader");
    }

    @Test
    void listedNamespacesAndItsOwnAreTheOnlyOnesWhereSecretsAreRead() throws Exception {
        List<HasMetadata> objects = CHART.objects("namespaces={team-a,team-b}");

        assertThat(resources(operatorRole(objects).getRules()))
                .containsExactly("namespaces", "caasplatforms", "caasplatforms/status");
        assertThat(all(objects, Role.class)
                        .filter(role -> resources(role.getRules()).contains("secrets")))
                .extracting(role -> role.getMetadata().getNamespace())
                .containsExactlyInAnyOrder(HelmChart.NAMESPACE, "team-a", "team-b");
    }

    @Test
    void noRuleHasAWildcard() throws Exception {
        assertThat(CHART.objects().stream().flatMap(ChartIT::rules))
                .isNotEmpty()
                .allSatisfy(rule -> {
                    assertThat(rule.getVerbs()).doesNotContain("*");
                    assertThat(rule.getResources()).doesNotContain("*");
                    assertThat(rule.getApiGroups()).doesNotContain("*");
                });
    }

    @Test
    void disruptionBudgetComesWithASecondReplica() throws Exception {
        assertThat(all(CHART.objects(), PodDisruptionBudget.class)).isEmpty();
        assertThat(all(CHART.objects("replicas=2"), PodDisruptionBudget.class)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            replica=2                                                                | additional properties 'replica' not allowed
            image.digest=latest                                                      | '/image/digest'
            outbound.privateRanges={everything}                                      | '/outbound/privateRanges/0'
            defaultAccount.name=main                                                 | defaultAccount needs both namespace and name
            defaultAccount.name=main,defaultAccount.namespace=c,namespaces={a,b}     | must be one of namespaces
            serviceAccount.create=false                                              | serviceAccount.name is needed
            """)
    void refusesValuesThatMakeNoSense(String values, String message) throws Exception {
        HelmChart.Answer answer = CHART.template(values);

        assertThat(answer.succeeded()).isFalse();
        assertThat(answer.text()).contains(message);
    }

    private static ClusterRole operatorRole(List<HasMetadata> objects) {
        return all(objects, ClusterRole.class)
                .filter(role -> role.getMetadata().getName().equals(NAME))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<PolicyRule> rules(HasMetadata object) {
        return switch (object) {
            case ClusterRole role -> role.getRules().stream();
            case Role role -> role.getRules().stream();
            default -> Stream.empty();
        };
    }

    private static List<String> resources(List<PolicyRule> rules) {
        return rules.stream()
                .map(PolicyRule::getResources)
                .flatMap(Collection::stream)
                .toList();
    }

    private static <T extends HasMetadata> Stream<T> all(List<HasMetadata> objects, Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast);
    }

    private static <T extends HasMetadata> T one(List<HasMetadata> objects, Class<T> type) {
        return all(objects, type).findFirst().orElseThrow();
    }
}
