package dev.caas.platform.sectigo;

import dev.caas.api.ValidationType;
import dev.caas.kit.KitCa;
import dev.caas.kit.Pebble;
import dev.caas.kit.ScmPlatform;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.PartnerApiConformance;
import dev.caas.platform.PartnerApiConformance.Cut;
import dev.caas.platform.PlatformFailure;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The REST API of Certificate Manager against its stand-in. */
final class SectigoScmHarness implements PartnerApiConformance.Harness, PartnerApiConformance.Remote {
    static final String SERVER = "https://acme.example/directory";

    /** Making keys costs time that tests do not have. */
    private static final KitCa CA = KitCa.create();

    private final AtomicInteger handedOut = new AtomicInteger();
    private final ScmPlatform platform = ScmPlatform.start(CA, SERVER, this::newBinding);
    private final HttpClient client =
            HttpClient.newBuilder().sslContext(CA.trusting()).build();
    private final PartnerHttp http = new PartnerHttp(
            client,
            new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8")),
            Duration.ofSeconds(30),
            Clock.systemUTC());
    private volatile ScmLogin login = asSent(platform.login());

    ScmPlatform platform() {
        return platform;
    }

    PartnerHttp http() {
        return http;
    }

    @Override
    public SectigoScm api() {
        return api(() -> login);
    }

    /** Asks with these credentials. */
    SectigoScm api(PartnerCredentials<ScmLogin> credentials) {
        return new SectigoScm(http, URI.create(platform.endpoint()), ScmPlatform.ORGANIZATION, credentials);
    }

    ScmLogin login() {
        return login;
    }

    Pebble.Binding newBinding() {
        int i = handedOut.incrementAndGet();
        return new Pebble.Binding("kid-" + i, "mac-key-no-%05d".formatted(i));
    }

    @Override
    public String binding(ValidationType type) throws PlatformFailure {
        return api().preRegister(SERVER, "of a test", 1).keyId();
    }

    @Override
    public String registered(String keyId) {
        return platform.account(keyId) + "/" + platform.register(keyId, "certbot");
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Optional<PartnerApiConformance.Remote> remote() {
        return Optional.of(this);
    }

    @Override
    public void cutNextAddition(Cut cut) {
        platform.cut(
                "POST",
                "/domain",
                switch (cut) {
                    case BEFORE_EFFECT -> ScmPlatform.Cut.BEFORE;
                    case AFTER_EFFECT -> ScmPlatform.Cut.AFTER;
                    case INSIDE_REPLY -> ScmPlatform.Cut.INSIDE;
                });
    }

    @Override
    public void changeLogin() {
        platform.rotate(new ScmPlatform.Login("operator", "battery staple", "example"));
    }

    @Override
    public void adoptLogin() {
        login = asSent(platform.login());
    }

    @Override
    public void shutDown() {
        platform.close();
    }

    @Override
    public void close() {
        platform.close();
        client.close();
    }

    private static ScmLogin asSent(ScmPlatform.Login login) {
        return new ScmLogin(login.login(), login.password(), login.customerUri());
    }
}
