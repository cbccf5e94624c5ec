package dev.caas.api;

import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One subscribed domain of a {@link CaaSAccount}. */
@Group("caas.dev")
@Version("v1alpha1")
@Kind("DomainSubscription")
@Singular("domainsubscription")
@Plural("domainsubscriptions")
@ShortNames("dsub")
@Categories("caas")
public final class DomainSubscription extends CustomResource<DomainSubscriptionSpec, DomainSubscriptionStatus>
        implements Namespaced {
    @Override
    @Required
    public DomainSubscriptionSpec getSpec() {
        return super.getSpec();
    }
}
