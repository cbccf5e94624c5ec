package dev.caas.platform.sectigo;

import dev.caas.api.ValidationType;
import dev.caas.kit.FormPlatform;
import dev.caas.kit.FormRuleBuilder;
import dev.caas.kit.KitCa;
import dev.caas.kit.Pebble;
import dev.caas.kit.SteppedClock;
import dev.caas.outbound.OutboundPolicy;
import dev.caas.platform.PartnerApi;
import dev.caas.platform.PartnerApiConformance;
import dev.caas.platform.PartnerApiConformance.Cut;
import dev.caas.platform.PlatformFailure;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The form API against its stand-in. */
final class SectigoCaasHarness implements PartnerApiConformance.Harness, PartnerApiConformance.Remote {
    static final String DV_SERVER = "https://acme.example/v2/DV";
    static final String OV_SERVER = "https://acme.example/v2/OV";

    /** Making keys costs time that tests do not have. */
    private static final KitCa CA = KitCa.create();

    private static final FormPlatform.Login CHANGED = new FormPlatform.Login("reseller-4711", "new & different");

    private final SteppedClock clock = new SteppedClock(Instant.parse("2027-02-10T12:00:00Z"));
    private final AtomicInteger handedOut = new AtomicInteger();
    private final FormPlatform platform = FormPlatform.start(
            CA,
            clock,
            Map.of(DV_SERVER, "DV", OV_SERVER, "OV"),
            () -> new Pebble.Binding("kid_" + handedOut.incrementAndGet(), "mac-key-" + handedOut.get() + "-secret"));
    private volatile HttpClient client = newClient();
    private volatile FormPlatform.Login login = platform.login();

    FormPlatform platform() {
        return platform;
    }

    HttpClient client() {
        return client;
    }

    FormPlatform.Login login() {
        return login;
    }

    /** Our login, true or not. */
    void login(FormPlatform.Login changed) {
        login = changed;
    }

    @Override
    public PartnerApi api() {
        return api(Duration.ofSeconds(30));
    }

    PartnerApi api(Duration timeout) {
        return api(client, timeout);
    }

    PartnerApi api(HttpClient way, Duration timeout) {
        return new SectigoCaas(
                URI.create(platform.endpoint()),
                () -> new SectigoCaas.Credentials(login.name(), login.password()),
                new PartnerHttp(
                        way, new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8")), timeout, Clock.systemUTC()));
    }

    @Override
    public String binding(ValidationType type) throws PlatformFailure {
        return api().preRegister(type == ValidationType.OV ? OV_SERVER : DV_SERVER, "a binding", 1)
                .keyId();
    }

    @Override
    public String anchor() {
        return platform.books().validateOrganization();
    }

    @Override
    public String registered(String keyId) {
        return platform.books().registered(keyId, "a client");
    }

    @Override
    public void issued(String keyId, String domain, String serialNumber, boolean revoked, Instant notAfter) {
        platform.books()
                .ordered(keyId, domain, serialNumber, revoked ? 8 : 6, notAfter.minus(Duration.ofDays(90)), notAfter);
    }

    @Override
    public BigDecimal spent() {
        return platform.books().till().spent();
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public void pass(Duration time) {
        clock.pass(time);
    }

    @Override
    public Optional<PartnerApiConformance.Remote> remote() {
        return Optional.of(this);
    }

    @Override
    public void cutNextAddition(Cut cut) {
        FormRuleBuilder next = platform.on("ADDDOMAIN").with("quoteOnly", "N").once();
        switch (cut) {
            case BEFORE_EFFECT -> next.cutBefore();
            case AFTER_EFFECT -> next.cutAfter();
            case INSIDE_REPLY -> next.cutInside();
        }
    }

    @Override
    public void changeLogin() {
        platform.changeLogin(CHANGED);
    }

    @Override
    public void adoptLogin() {
        login = CHANGED;
    }

    @Override
    public void shutDown() {
        platform.close();
        // A connection that was kept open ends like one that is cut, which is another story.
        client.close();
        client = newClient();
    }

    @Override
    public void close() {
        platform.close();
        client.close();
    }

    private static HttpClient newClient() {
        return HttpClient.newBuilder()
                .sslContext(CA.trusting())
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }
}
