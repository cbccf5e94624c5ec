package dev.caas.acme;

import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * What ties a new ACME account to a customer's contract (RFC 8555 section 7.3.4).
 *
 * @param keyId the key identifier, as the CA gave it
 * @param macKey the MAC key
 * @param macAlgorithm {@code HS256}, {@code HS384} or {@code HS512}; never derived from the key's length, because CAs
 *     that hand out 64-byte keys expect HS256 all the same
 */
public record ExternalAccountBinding(String keyId, SecretKey macKey, String macAlgorithm) {

    /**
     * Reads the MAC key from text.
     *
     * @param encoded base64url or base64, padded or not; surrounding white space is ignored
     * @throws IllegalArgumentException if it is neither, without quoting it
     */
    public static ExternalAccountBinding of(String keyId, String encoded, String macAlgorithm) {
        var plain = encoded.strip().replace('+', '-').replace('/', '_').replaceAll("=+$", "");
        byte[] key;
        try {
            key = Base64.getUrlDecoder().decode(plain);
        } catch (IllegalArgumentException e) {
            // The decoder's message quotes a character of the key: not passed on.
            throw new IllegalArgumentException("the MAC key is not base64url text");
        }
        if (key.length == 0) {
            throw new IllegalArgumentException("the MAC key is empty");
        }
        return new ExternalAccountBinding(keyId, new SecretKeySpec(key, "HMAC"), macAlgorithm);
    }

    @Override
    public String toString() {
        return "ExternalAccountBinding[keyId=" + keyId + ", macAlgorithm=" + macAlgorithm + "]";
    }
}
