package dev.caas.pki;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The password of a keystore. Never shows itself but to whoever opens or writes one. */
public final class Password {
    private final char[] characters;

    private Password(char[] characters) {
        this.characters = characters;
    }

    /**
     * The password that these octets are in ASCII, a line break at the end included; empty if they are none. Programs do
     * not agree on what other characters are in a PKCS#12: Java cannot open every one with such a password.
     */
    public static Optional<Password> of(byte[] octets) {
        try {
            var text = StandardCharsets.US_ASCII.newDecoder().decode(ByteBuffer.wrap(octets));
            var characters = new char[text.remaining()];
            text.get(characters);
            return characters.length == 0 ? Optional.empty() : Optional.of(new Password(characters));
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    char[] characters() {
        return characters.clone();
    }

    @Override
    public String toString() {
        return "Password";
    }
}
