package dev.caas.platform.sectigo;

import dev.caas.platform.PartnerApiConformance;

class SectigoScmConformanceTest extends PartnerApiConformance {
    @Override
    protected Harness open() {
        return new SectigoScmHarness();
    }
}
