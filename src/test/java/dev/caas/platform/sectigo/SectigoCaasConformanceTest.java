package dev.caas.platform.sectigo;

import dev.caas.platform.PartnerApiConformance;

class SectigoCaasConformanceTest extends PartnerApiConformance {
    @Override
    protected Harness open() {
        return new SectigoCaasHarness();
    }
}
