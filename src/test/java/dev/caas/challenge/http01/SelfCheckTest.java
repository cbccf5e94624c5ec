package dev.caas.challenge.http01;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caas.acme.AcmeOrder;
import dev.caas.api.Solver;
import dev.caas.outbound.OutboundPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the check says about each hop that can fail. The ways themselves are tested end to end. */
class SelfCheckTest {
    private static final String AUTHORIZATION = "token0123456789abcdefgh.thumbprint";
    private static final AcmeOrder.Http01 CHALLENGE =
            new AcmeOrder.Http01("localhost", "token0123456789abcdefgh", AUTHORIZATION);
    private static final Solver.SelfCheck ONCE = new Solver.SelfCheck(List.of(), "0s", false, null);
    private static final OutboundPolicy LOOPBACK_ALLOWED =
            new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8", "::1/128"));

    @Test
    void theRightAnswerIsEnough() {
        assertThatCode(() -> check(LOOPBACK_ALLOWED, url -> reply(200, AUTHORIZATION + "\n")))
                .doesNotThrowAnyException();
    }

    @Test
    void aRedirectToHttpsIsFollowed() {
        assertThatCode(() -> check(
                        LOOPBACK_ALLOWED,
                        url -> url.getScheme().equals("http")
                                ? redirect("https://localhost" + url.getPath())
                                : reply(200, AUTHORIZATION)))
                .doesNotThrowAnyException();
    }

    @Test
    void aWrongStatusIsSaidWithItsServer() {
        assertThat(fault(url -> reply(404, "<html>secret</html>")))
                .contains("http://localhost/.well-known/acme-challenge/...", "answered 404 (server: kit)", ":80")
                .doesNotContain("secret");
    }

    @Test
    void anotherBodyIsSaidAndNotQuoted() {
        assertThat(fault(url -> reply(200, "somebody else's answer")))
                .contains("another body", "(server: kit)")
                .doesNotContain("somebody");
    }

    @Test
    void aConnectionThatFailsIsSaidWithItsAddress() {
        assertThat(fault(url -> {
                    throw new IOException("connection refused");
                }))
                .contains("http://localhost/", ":80: connection refused");
    }

    @Test
    void aRedirectLoopIsSaid() {
        assertThat(fault(url -> redirect(url.toString()))).contains("redirect loop", "after 1 hops");
    }

    @Test
    void anEndlessChainOfRedirectsEnds() {
        assertThat(fault(url -> redirect(url + "x"))).contains("redirect loop", "after 11 hops");
    }

    @Test
    void aRedirectToAnotherPortIsNotFollowed() {
        assertThat(fault(url -> redirect("http://localhost:8080/"))).contains("redirects to port 8080", "80 and 443");
    }

    @Test
    void aRedirectToNoUrlIsSaid() {
        assertThat(fault(url -> redirect("http://local host/|"))).contains("redirects to something that is no URL");
    }

    @Test
    void aRedirectToAnotherSchemeIsNotFollowed() {
        assertThat(fault(url -> redirect("ftp://localhost/"))).contains("something else than http or https");
    }

    @Test
    void aNameWithoutAddressIsSaid() {
        var unknown = new AcmeOrder.Http01("nothing.invalid", CHALLENGE.token(), AUTHORIZATION);

        var fault = fault(unknown, LOOPBACK_ALLOWED, ONCE, url -> reply(200, AUTHORIZATION));

        assertThat(fault.kind()).isEqualTo(Http01Exception.Kind.NOT_ANSWERED);
        assertThat(fault).hasMessageContaining("nothing.invalid does not resolve");
    }

    @Test
    void anAddressThatIsNotAllowedIsNotAsked() {
        var asked = new java.util.concurrent.atomic.AtomicInteger();

        var fault = fault(CHALLENGE, new OutboundPolicy(List.of("*"), List.of()), ONCE, url -> {
            asked.incrementAndGet();
            return reply(200, AUTHORIZATION);
        });

        assertThat(fault.kind()).isEqualTo(Http01Exception.Kind.ADDRESS_NOT_ALLOWED);
        assertThat(asked).hasValue(0);
    }

    @Test
    void skippedNothingIsAsked() {
        assertThatCode(() ->
                        await(CHALLENGE, LOOPBACK_ALLOWED, new Solver.SelfCheck(List.of(), "60s", true, null), url -> {
                            throw new IOException("asked");
                        }))
                .doesNotThrowAnyException();
        assertThatCode(() ->
                        await(CHALLENGE, LOOPBACK_ALLOWED, new Solver.SelfCheck(List.of(), "60s", false, "0s"), url -> {
                            throw new IOException("asked");
                        }))
                .doesNotThrowAnyException();
    }

    private interface Site {
        Fetch.Reply get(URI url) throws IOException;
    }

    /** Name servers know nothing about an address. */
    @Test
    void anAddressIsAskedDirectly() throws Exception {
        var challenge = new AcmeOrder.Http01("::1", CHALLENGE.token(), AUTHORIZATION);
        var how = new Solver.SelfCheck(List.of("127.0.0.1:1"), "1s", false, null);
        var asked = new ArrayList<String>();
        var policy = new OutboundPolicy(List.of("*"), List.of("::1/128"));

        new SelfCheck(
                        () -> List.of(InetAddress.ofLiteral("127.0.0.1")),
                        8089,
                        (url, address) -> {
                            asked.add(url + " at " + address.getHostAddress());
                            return reply(200, AUTHORIZATION);
                        },
                        policy)
                .await(Map.of(challenge, how));

        assertThat(asked)
                .containsExactly(
                        "http://[::1]:8089" + Responder.PATH + CHALLENGE.token() + " at 127.0.0.1",
                        "http://[::1]" + Responder.PATH + CHALLENGE.token() + " at 0:0:0:0:0:0:0:1");
        assertThat(fault(
                        challenge, new OutboundPolicy(List.of("*"), List.of()), ONCE, url -> reply(200, AUTHORIZATION)))
                .as("a private address that nobody allowed")
                .extracting(Http01Exception::kind)
                .isEqualTo(Http01Exception.Kind.ADDRESS_NOT_ALLOWED);
    }

    private static Fetch.Reply reply(int status, String body) {
        return new Fetch.Reply(status, body, Optional.of("kit"), Optional.empty());
    }

    private static Fetch.Reply redirect(String location) {
        return new Fetch.Reply(301, "", Optional.of("kit"), Optional.of(location));
    }

    private static String fault(Site site) {
        return String.valueOf(fault(CHALLENGE, LOOPBACK_ALLOWED, ONCE, site).getMessage());
    }

    private static Http01Exception fault(
            AcmeOrder.Http01 challenge, OutboundPolicy policy, Solver.SelfCheck how, Site site) {
        return catchThrowableOfType(Http01Exception.class, () -> await(challenge, policy, how, site));
    }

    private static void check(OutboundPolicy policy, Site site) throws Exception {
        await(CHALLENGE, policy, ONCE, site);
    }

    private static void await(AcmeOrder.Http01 challenge, OutboundPolicy policy, Solver.SelfCheck how, Site site)
            throws Http01Exception, InterruptedException {
        new SelfCheck(List::of, 8089, (url, address) -> site.get(url), policy).await(Map.of(challenge, how));
    }
}
