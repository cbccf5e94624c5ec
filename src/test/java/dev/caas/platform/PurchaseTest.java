package dev.caas.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked for beside a domain, as it will be listed. */
class PurchaseTest {
    @ParameterizedTest
    @CsvSource({
        "shop.example, true, www.shop.example",
        "www.shop.example, true, shop.example",
        "*.shop.example, true, shop.example",
        "shop.example, false,",
        "192.0.2.7, true,",
        "2001:db8::7, true,",
    })
    void theAssociatedNameIsAskedForOnlyWhereThereIsOne(String name, boolean asked, String associated) {
        var purchase = new Purchase.Domain("kid", name, asked, Optional.empty(), 1);

        assertThat(purchase.associated()).isEqualTo(Optional.ofNullable(associated));
    }
}
