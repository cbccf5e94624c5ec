package dev.caas.kit;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/**
 * Let's Encrypt's test CA, with External Account Binding required and bad nonces thrown in. An order without a profile
 * gets a random one of its profiles: accounts of tests name {@link #PROFILE}, or the lifetime is a matter of luck.
 */
public final class Pebble implements AutoCloseable {
    /** The profile with a usual lifetime, 90 days; {@code minute} and {@code seconds} (20 s) are for renewals. */
    public static final String PROFILE = "default";
    /** The CA refuses to issue for this name and those below it. */
    public static final String BLOCKED = "blocked.example.test";

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int BINDINGS = 2_000;

    /** A key identifier and its MAC key, base64url without padding. Even ones have 64 bytes, odd ones 32. */
    public record Binding(String keyId, String macKey) {}

    /**
     * What a Pebble reads at its start.
     *
     * @param dnsServer the resolver it validates with, host:port
     * @param badNonces percentage of good nonces it rejects
     * @param authorizationReuse percentage of orders that find their earlier authorizations valid
     * @param profiles lifetimes by profile, in seconds
     */
    public record Settings(String dnsServer, int badNonces, int authorizationReuse, Map<String, Integer> profiles) {
        /** 5 % bad nonces, no reuse of authorizations, three profiles. */
        public static Settings withDns(String dnsServer) {
            return new Settings(dnsServer, 5, 0, Map.of(PROFILE, 7_776_000, "minute", 60, "seconds", 20));
        }

        public Settings badNonces(int percent) {
            return new Settings(dnsServer, percent, authorizationReuse, profiles);
        }

        public Settings authorizationReuse(int percent) {
            return new Settings(dnsServer, badNonces, percent, profiles);
        }

        public Settings profiles(Map<String, Integer> seconds) {
            return new Settings(dnsServer, badNonces, authorizationReuse, seconds);
        }
    }

    private final int port = Ports.free();
    private final int managementPort = Ports.free();
    private final List<Binding> bindings =
            IntStream.range(0, BINDINGS).mapToObj(Pebble::newBinding).toList();
    private final AtomicInteger handedOut = new AtomicInteger();
    private final HttpClient http;
    private final PartProcess process;

    private Pebble(Path dir, KitCa ca, Settings settings) {
        ca.issueForLoopback("pebble").write(dir, "pebble");
        WorkFiles.write(dir.resolve("pebble.json"), config(settings));
        http = HttpClient.newBuilder().sslContext(ca.trusting()).build();
        process = PartProcess.start(
                "pebble",
                dir.resolve("pebble.log"),
                dir,
                Map.of(
                        "PEBBLE_WFE_NONCEREJECT",
                        Integer.toString(settings.badNonces()),
                        "PEBBLE_AUTHZREUSE",
                        Integer.toString(settings.authorizationReuse()),
                        "PEBBLE_VA_NOSLEEP",
                        "1",
                        "PEBBLE_ALTERNATE_ROOTS",
                        "1"),
                List.of(
                        Parts.controlPlane().pebble().toString(),
                        "-config=pebble.json",
                        "-dnsserver=" + settings.dnsServer()));
    }

    /**
     * Starts a Pebble whose TLS the kit's authority vouches for.
     *
     * @throws PartFailed when it does not start
     */
    public static Pebble start(Path dir, KitCa ca, Settings settings) {
        WorkFiles.directory(dir);
        var pebble = new Pebble(dir, ca, settings);
        pebble.process.awaitReady(
                LIMIT,
                () -> pebble.get(pebble.managementUrl() + "/roots/0").statusCode() == 200
                        && pebble.get(pebble.directoryUrl()).statusCode() == 200);
        return pebble;
    }

    public String directoryUrl() {
        return "https://127.0.0.1:" + port + "/dir";
    }

    public String managementUrl() {
        return "https://127.0.0.1:" + managementPort;
    }

    int port() {
        return port;
    }

    /** One of 2,000 bindings. */
    public Binding binding(int i) {
        return bindings.get(i);
    }

    /** A binding that no one else was given by this method; counts down from the last, so small indexes stay free. */
    public Binding nextBinding() {
        return bindings.get(BINDINGS - 1 - handedOut.getAndIncrement());
    }

    /** The root certificate that what it issues chains to. */
    public String rootPem() {
        return get(managementUrl() + "/roots/0").body();
    }

    /** Another root that signed its intermediate: the end of the chain that it offers as the alternate. */
    public String alternateRootPem() {
        return get(managementUrl() + "/roots/1").body();
    }

    /** For clients: trusts what it issues, and nothing else. */
    public SSLContext trusting() {
        return KitCa.trusting(Pem.certificate(rootPem()));
    }

    /** {@code Valid} or {@code Revoked}, by hexadecimal serial number; empty for one it never issued. */
    public Optional<String> certificateStatus(String serialHex) {
        var reply = get(managementUrl() + "/cert-status-by-serial/" + serialHex);
        if (reply.statusCode() == 404) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new ObjectMapper().readTree(reply.body()).path("Status").asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets what it answers to the question when to renew a certificate, well formed or not. */
    public void setRenewalInfo(String certificatePem, String answer) {
        try {
            var reply = post(
                    managementUrl() + "/set-renewal-info/",
                    new ObjectMapper()
                            .writeValueAsString(Map.of("Certificate", certificatePem, "ARIResponse", answer)));
            if (reply.statusCode() != 200) {
                throw new PartFailed("Pebble does not set the renewal information: " + reply.body());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything it has printed. */
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.kill();
        http.close();
    }

    private String config(Settings settings) {
        Map<String, Object> profiles = new LinkedHashMap<>();
        settings.profiles()
                .forEach((name, seconds) ->
                        profiles.put(name, Map.of("description", seconds + " s", "validityPeriod", seconds)));
        Map<String, String> keys = new LinkedHashMap<>();
        bindings.forEach(binding -> keys.put(binding.keyId(), binding.macKey()));
        var pebble = new LinkedHashMap<String, Object>();
        pebble.put("listenAddress", "127.0.0.1:" + port);
        pebble.put("managementListenAddress", "127.0.0.1:" + managementPort);
        pebble.put("certificate", "pebble.crt");
        pebble.put("privateKey", "pebble.key");
        pebble.put("httpPort", 80);
        pebble.put("tlsPort", 5001);
        pebble.put("keyAlgorithm", "ecdsa");
        pebble.put("externalAccountBindingRequired", true);
        pebble.put("externalAccountMACKeys", keys);
        pebble.put("domainBlocklist", List.of(BLOCKED));
        pebble.put("retryAfter", Map.of("authz", 0, "order", 0));
        pebble.put("profiles", profiles);
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(Map.of("pebble", pebble));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> get(String url) {
        return send(HttpRequest.newBuilder(URI.create(url)));
    }

    private HttpResponse<String> post(String url, String body) {
        return send(HttpRequest.newBuilder(URI.create(url)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder builder) {
        var request = builder.header("User-Agent", "caas-kit")
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Poll.interrupted(request.uri().toString(), e);
        }
    }

    private static Binding newBinding(int i) {
        byte[] key = new byte[i % 2 == 0 ? 64 : 32];
        new SecureRandom().nextBytes(key);
        return new Binding("kid-" + i, Base64.getUrlEncoder().withoutPadding().encodeToString(key));
    }
}
