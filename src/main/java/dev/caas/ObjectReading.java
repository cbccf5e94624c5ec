package dev.caas;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.caas.api.CaaSAccount;
import dev.caas.api.DomainSubscription;
import dev.caas.api.ManagedCertificate;
import dev.caas.source.XListenerSet;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapper;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/** How objects of the API server are read, so that caches of ten thousand take little room. */
@Singleton
class ObjectReading {
    /**
     * What a watch may bring, which names its kind itself. The extension registers every kind of the client's model
     * instead, 700 classes that nobody asks for. A kind that is missing here is still read, in two steps; but {@link
     * Status} is how a watch is told to start anew.
     */
    private static final List<Class<? extends KubernetesResource>> WATCHED = List.of(
            Status.class,
            ManagedCertificate.class,
            CaaSAccount.class,
            DomainSubscription.class,
            Secret.class,
            Namespace.class,
            Pod.class,
            Service.class,
            EndpointSlice.class,
            Ingress.class,
            Gateway.class,
            HTTPRoute.class,
            ListenerSet.class,
            XListenerSet.class);

    @Produces
    @Singleton
    KubernetesSerialization serialization(@KubernetesClientObjectMapper ObjectMapper mapper) {
        var serialization = new KubernetesSerialization(mapper, false);
        WATCHED.forEach(serialization::registerKubernetesResource);
        return serialization;
    }

    @Produces
    @Singleton
    KubernetesClientObjectMapperCustomizer inLittleRoom() {
        return mapper -> mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class)
                .addMixIn(Secret.class, WithUnsharedData.class)
                .registerModule(new SimpleModule().addDeserializer(String.class, new SharedStrings()));
    }

    /** Who set which field is nothing the operator asks for, and half of what an object in a cache would weigh. */
    @JsonIgnoreProperties("managedFields")
    private interface WithoutManagedFields {}

    /** What is secret stays in the Secret's own strings, and is gone with it. */
    interface WithUnsharedData {
        @JsonDeserialize(contentUsing = StringDeserializer.class)
        void setData(Map<String, String> data);

        @JsonDeserialize(contentUsing = StringDeserializer.class)
        void setStringData(Map<String, String> data);
    }
}
