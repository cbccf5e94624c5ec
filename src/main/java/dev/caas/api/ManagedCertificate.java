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

/** One certificate, kept in one Secret. */
@Group("caas.dev")
@Version("v1alpha1")
@Kind("ManagedCertificate")
@Singular("managedcertificate")
@Plural("managedcertificates")
@ShortNames("mcert")
@Categories("caas")
public final class ManagedCertificate extends CustomResource<ManagedCertificateSpec, ManagedCertificateStatus>
        implements Namespaced {
    @Override
    @Required
    public ManagedCertificateSpec getSpec() {
        return super.getSpec();
    }
}
