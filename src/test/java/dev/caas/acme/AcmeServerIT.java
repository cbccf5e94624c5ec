package dev.caas.acme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.kit.AcmeProxy;
import dev.caas.kit.CaasExtension;
import dev.caas.kit.Stage;
import dev.caas.kit.Step;
import dev.caas.outbound.OutboundPolicy;
import java.net.URI;
import java.time.Clock;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** A CA's server as all its accounts share it. */
@ExtendWith(CaasExtension.class)
class AcmeServerIT {

    /** As after a start, when every certificate that is due wants it. */
    @RepeatedTest(20)
    void theDirectoryIsReadOnceForManyThatNeedItAtOnce(Stage stage) throws Exception {
        // A proxy of its own: nobody else's requests are counted.
        try (var acme = AcmeProxy.start(stage.pebble(), stage.ca())) {
            readAtOnce(stage, acme);
        }
    }

    private static void readAtOnce(Stage stage, AcmeProxy acme) throws Exception {
        var server = new AcmeServer(
                URI.create(acme.directoryUrl()),
                Base64.getDecoder().decode(stage.ca().caBundle()),
                "server-test",
                new OutboundPolicy(List.of("*"), List.of("127.0.0.0/8")),
                Clock.systemUTC());
        Callable<Boolean> question = () -> server.termsOfService().isPresent();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var answer : threads.invokeAll(Collections.nCopies(50, question))) {
                assertThat(answer.get()).isTrue();
            }
        }

        assertThat(acme.requests(Step.DIRECTORY)).isEqualTo(1);
    }
}
