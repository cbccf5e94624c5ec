package dev.caas.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Asks a host's pages at the ingress controller, wherever the host's name resolves to: with Host, over TLS with SNI. A
 * certificate counts only when it names the host and chains to an authority that the context trusts. Each request has a
 * connection of its own, so each sees the certificate of its moment.
 */
public final class WebClient {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final InetAddress address;
    private final int httpPort;
    private final int httpsPort;
    private final SSLContext trust;

    WebClient(InetAddress address, int httpPort, int httpsPort, SSLContext trust) {
        this.address = address;
        this.httpPort = httpPort;
        this.httpsPort = httpsPort;
        this.trust = trust;
    }

    /** GET http://host/path; redirects are not followed. */
    public WebReply http(String host, String path) throws IOException {
        try (var socket = connect(httpPort)) {
            return exchange(socket, host, path, Optional.empty());
        }
    }

    /**
     * GET https://host/path.
     *
     * @throws javax.net.ssl.SSLException when the certificate is another's or not to be trusted
     * @throws IOException when nothing is served there over TLS: Envoy then ends the connection without a word
     */
    public WebReply https(String host, String path) throws IOException {
        try (var tcp = connect(httpsPort);
                var tls = (SSLSocket) trust.getSocketFactory().createSocket(tcp, host, httpsPort, true)) {
            var parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            var leaf = (X509Certificate) tls.getSession().getPeerCertificates()[0];
            return exchange(tls, host, path, Optional.of(leaf));
        }
    }

    private Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        try {
            socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static WebReply exchange(Socket socket, String host, String path, Optional<X509Certificate> certificate)
            throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return WebReply.read(socket.getInputStream(), certificate);
    }
}
