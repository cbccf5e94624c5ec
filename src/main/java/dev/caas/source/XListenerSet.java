package dev.caas.source;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSetSpec;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;

/** The ListenerSet of Gateway API 1.3 and 1.4, when it was an experiment; the same but for its name. */
@Group("gateway.networking.x-k8s.io")
@Version("v1alpha1")
@Kind("XListenerSet")
@Plural("xlistenersets")
public final class XListenerSet extends CustomResource<ListenerSetSpec, Void> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
