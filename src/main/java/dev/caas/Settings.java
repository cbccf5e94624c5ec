package dev.caas;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Everything that can be set from outside; each as an environment variable too ({@code CAAS_NAMESPACES} and so on). */
@ConfigMapping(prefix = "caas")
public interface Settings {

    /** The namespaces to look at; all when absent. */
    Optional<List<String>> namespaces();

    /** The operator's own namespace, for what lives there, such as the lease. */
    @WithDefault("caas-system")
    String namespace();

    /** The account for certificates that name none and have none in their namespace, as namespace/name. */
    Optional<String> defaultAccount();

    /** Name of the lease by which replicas choose a leader; without it this process leads. */
    Optional<String> lease();

    /** What the CA asks for in HTTP-01 challenges. */
    Responder responder();

    /** See {@link dev.caas.challenge.http01.Responder}. */
    interface Responder {
        /** The port it listens at, on all interfaces. */
        @WithDefault("8089")
        int port();

        /** Labels of the operator's pods, as {@code key=value}; none outside a cluster. */
        Optional<List<String>> pods();

        /** DNS name of the operator's own Service, for solvers that ask for ExternalName. */
        Optional<String> externalName();
    }

    /** The record of what was done. */
    Audit audit();

    /** See {@link dev.caas.audit.AuditLog}. */
    interface Audit {
        /** A file to append the record to, besides the console. */
        Optional<Path> file();
    }

    /** Where the operator may connect to. */
    Outbound outbound();

    /** See {@link dev.caas.outbound.OutboundPolicy}. */
    interface Outbound {
        /** Host patterns. */
        @WithDefault("*")
        List<String> hosts();

        /** Address ranges, as CIDR, that are not public and allowed all the same. */
        Optional<List<String>> privateRanges();
    }

    /** Partner platforms. */
    Platform platform();

    /** See {@link dev.caas.platform.Platforms}. */
    interface Platform {
        /**
         * How long a platform may take to answer. For as long again a request whose outcome is not known may still take
         * effect: nothing that costs money is repeated before.
         */
        @WithDefault("30s")
        Duration timeout();
    }

    /** Objects that ask for certificates by annotation. */
    Source source();

    /** See {@link dev.caas.source.Sources}. */
    interface Source {
        /** Whether cert-manager's annotations are understood too, for a migration. */
        @WithDefault("false")
        boolean certManagerAnnotations();
    }
}
