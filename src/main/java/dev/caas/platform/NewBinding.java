package dev.caas.platform;

/**
 * A binding that was just handed out. The one place where a MAC key is held on its way to its Secret; it does not print.
 *
 * @param keyId the key identifier
 * @param macKey base64url, padded or not
 */
public record NewBinding(String keyId, String macKey) {
    @Override
    public String toString() {
        return "NewBinding[keyId=" + keyId + "]";
    }
}
