package dev.caas.kit;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives tests what they name as parameters: the {@link Stage}, the {@link OperatorProcess} running on it under the
 * chart's ServiceAccount, the {@link IngressController}, a {@link TestNamespace} of their own. All but the last are
 * started when first asked for and shared by all tests of the JVM; a test that ends the operator finds it running again
 * in the next. What this machine cannot run is not a failure: tests that name it are skipped.
 */
public final class CaasExtension
        implements ExecutionCondition, ParameterResolver, AfterEachCallback, TestExecutionExceptionHandler {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CaasExtension.class);

    /** Skips where this machine cannot run the cluster that was asked for, or the ingress controller. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        try {
            if (Cluster.mayBeUnavailable()) {
                shared(context).stage();
            }
            if (wantsIngress(context)) {
                shared(context).stage().ingress();
            }
            return ConditionEvaluationResult.enabled("what the test needs runs");
        } catch (PartUnavailable e) {
            System.out.println(context.getDisplayName() + " is skipped: " + e.getMessage());
            return ConditionEvaluationResult.disabled(e.getMessage());
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Stage.class
                || type == OperatorProcess.class
                || type == IngressController.class
                || type == TestNamespace.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        SharedStage shared = shared(context);
        Class<?> type = parameter.getParameter().getType();
        if (type == Stage.class) {
            return shared.stage();
        }
        if (type == IngressController.class) {
            return shared.stage().ingress();
        }
        OperatorProcess operator = shared.operator();
        return type == OperatorProcess.class ? operator : namespaceOf(context, shared.stage());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        var namespace = context.getStore(OURS).remove(TestNamespace.class, TestNamespace.class);
        if (namespace == null) {
            return;
        }
        if (context.getExecutionException().isPresent()) {
            System.out.println(FailureReport.about(
                    namespace.name(), namespace.client(), shared(context).operatorLog()));
        }
        namespace.delete();
    }

    /** A test that asks the cluster for something it does not have, such as an audit log, is skipped. */
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        if (failure instanceof PartUnavailable) {
            Assumptions.abort("" + failure.getMessage());
        }
        throw failure;
    }

    private static boolean wantsIngress(ExtensionContext context) {
        return context.getTestMethod()
                .map(method -> List.of(method.getParameterTypes()).contains(IngressController.class))
                .orElse(false);
    }

    private static SharedStage shared(ExtensionContext context) {
        return context.getRoot()
                .getStore(OURS)
                .computeIfAbsent(SharedStage.class, key -> new SharedStage(), SharedStage.class);
    }

    private static TestNamespace namespaceOf(ExtensionContext context, Stage stage) {
        return context.getStore(OURS)
                .computeIfAbsent(
                        TestNamespace.class,
                        key -> new TestNamespace(stage, stage.namespace(prefix(context))),
                        TestNamespace.class);
    }

    /** What the test's class is called, so that a namespace tells whose it is. */
    private static String prefix(ExtensionContext context) {
        String name = context.getTestClass().map(Class::getSimpleName).orElse("test");
        String lower = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "").replaceAll("(test|it)$", "");
        return Optional.of(lower.substring(0, Math.min(20, lower.length())))
                .filter(s -> s.matches("[a-z].*"))
                .orElse("test");
    }
}
