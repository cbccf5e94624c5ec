package dev.caas.platform.sectigo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caas.platform.PlatformFailure.Kind;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorDocumentTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            UNAUTHORIZED    | 401 | Incorrect login details, account is locked, password has expired, or your source IP is blocked!
            PAYMENT         | 403 | Your account has insufficient funds and could not be debited!
            PAYMENT         | 403 | Not enough FUNDS
            PAYMENT         | 403 | Tier 1 account has reached its credit limit!
            PAYMENT         | 403 | Missing pricing for this subscription!
            PAYMENT         | 403 | The price of this product is not set!
            TERM            | 403 | Your subscription has either expired, is beyond the extension window, or does not exist!
            TERM            | 403 | Subscription expired
            TERM            | 403 | This subscription has not been started
            TERM            | 403 | It is too late: the extension window is closed
            UNKNOWN_BINDING | 403 | The ACME account does not exist!
            UNKNOWN_BINDING | 403 | EAB does not exist
            UNKNOWN_BINDING | 400 | The value of the 'acmeAccountID' argument is invalid!
            UNKNOWN_BINDING | 400 | The value of the 'eabKeyID' argument is invalid!
            REFUSED         | 400 | The value of the 'domainName' argument is invalid!
            REFUSED         | 400 | The 'acmeAccountID' argument is missing!
            REFUSED         | 400 | 'extra' is an unrecognized argument!
            REFUSED         | 403 | Account could not be deactivated!
            REFUSED         | 403 | Domain could not be removed!
            REFUSED         | 403 | The domain does not exist!
            REFUSED         | 403 | Not applicable for DV!
            REFUSED         | 403 | Use of HTTPS is REQUIRED!
            REFUSED         | 404 | <html>Not found</html>
            """)
    void theTextOfARefusalSaysWhatItIs(Kind kind, int status, String detail) {
        var document = new ErrorDocument(status, detail, true);

        assertThat(document.kind()).isEqualTo(kind);
        assertThat(document.failure("ADDDOMAIN", List.of()).text())
                .contains("ADDDOMAIN", Integer.toString(status), detail);
    }
}
