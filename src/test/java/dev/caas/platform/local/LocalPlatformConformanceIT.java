package dev.caas.platform.local;

import dev.caas.kit.CaasExtension;
import dev.caas.kit.Stage;
import dev.caas.platform.PartnerApiConformance;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(CaasExtension.class)
class LocalPlatformConformanceIT extends PartnerApiConformance {
    private static Stage stage;

    @BeforeAll
    static void on(Stage given) {
        stage = given;
    }

    @Override
    protected Harness open() {
        return new LocalPlatformHarness(stage);
    }
}
