package dev.caas.pki;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** One encapsulated object of RFC 7468: its label and its DER octets. */
final class Pem {
    /** Far above the longest chain and the largest key; a Secret holds 1 MiB at most. */
    private static final int MAX_LENGTH = 1 << 20;

    private final String label;
    private final byte[] der;

    Pem(String label, byte[] der) {
        this.label = label;
        this.der = der.clone();
    }

    String label() {
        return label;
    }

    byte[] der() {
        return der.clone();
    }

    /** All objects in a text, in order; what stands between them is skipped (RFC 7468 section 2). */
    static List<Pem> read(String text) throws InvalidPemException {
        if (text.length() > MAX_LENGTH) {
            throw new InvalidPemException("the text is longer than " + MAX_LENGTH + " characters");
        }
        List<Pem> found = new ArrayList<>();
        try (PemReader reader = new PemReader(new StringReader(text))) {
            for (PemObject next = reader.readPemObject(); next != null; next = reader.readPemObject()) {
                found.add(new Pem(next.getType(), next.getContent()));
            }
        } catch (IOException | RuntimeException e) {
            throw new InvalidPemException("a BEGIN line is not followed by base64 text and its END line");
        }
        return found;
    }

    /** The objects in their textual encoding, one after the other. */
    static String write(List<Pem> objects) {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            for (Pem object : objects) {
                writer.writeObject(new PemObject(object.label(), object.der()));
            }
        } catch (IOException e) {
            throw new IllegalStateException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "Pem[" + label + "]";
    }
}
