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

/** One External Account Binding at one CA: the contract under which certificates are issued. */
@Group("caas.dev")
@Version("v1alpha1")
@Kind("CaaSAccount")
@Singular("caasaccount")
@Plural("caasaccounts")
@ShortNames("caasacct")
@Categories("caas")
public final class CaaSAccount extends CustomResource<CaaSAccountSpec, CaaSAccountStatus> implements Namespaced {
    @Override
    @Required
    public CaaSAccountSpec getSpec() {
        return super.getSpec();
    }
}
