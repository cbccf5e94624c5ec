package dev.caas.api;

import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A connection to a partner platform, where bindings are handed out and domains are paid for. Belongs to no namespace. */
@Group("caas.dev")
@Version("v1alpha1")
@Kind("CaaSPlatform")
@Singular("caasplatform")
@Plural("caasplatforms")
@ShortNames("caasp")
@Categories("caas")
public final class CaaSPlatform extends CustomResource<CaaSPlatformSpec, CaaSPlatformStatus> {
    @Override
    @Required
    public CaaSPlatformSpec getSpec() {
        return super.getSpec();
    }
}
