package dev.caas.source;

import dev.caas.kube.EventRecorder;
import dev.caas.kube.NamespaceLabels;
import dev.caas.kube.WatchedNamespaces;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/**
 * What all sources share.
 *
 * @param certManagerAnnotations whether cert-manager's annotations are understood too
 */
public record Sources(
        KubernetesClient client,
        EventRecorder events,
        WatchedNamespaces namespaces,
        NamespaceLabels labels,
        boolean certManagerAnnotations,
        Clock clock) {}
