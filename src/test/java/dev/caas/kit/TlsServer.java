package dev.caas.kit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A web server of the machine, on a loopback port: it serves one name with the files that a Secret mounted into its
 * directory would give it, and refuses every other name.
 */
public final class TlsServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final int port;
    private final PartProcess process;

    private TlsServer(int port, PartProcess process) {
        this.port = port;
        this.process = process;
    }

    /** Whether this machine has the program. */
    public static boolean isInstalled(String program) {
        return Programs.find(program).isPresent();
    }

    /**
     * Starts nginx with {@code tls.crt} and {@code tls.key} of the directory.
     *
     * @throws PartFailed when it is missing or does not start
     */
    public static TlsServer nginx(Path dir, String name) {
        int port = Ports.free();
        WorkFiles.write(dir.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                  access_log off;
                  client_body_temp_path temp;
                  proxy_temp_path temp;
                  fastcgi_temp_path temp;
                  uwsgi_temp_path temp;
                  scgi_temp_path temp;
                  server {
                    listen 127.0.0.1:%1$d ssl default_server;
                    ssl_reject_handshake on;
                  }
                  server {
                    listen 127.0.0.1:%1$d ssl;
                    server_name %2$s;
                    ssl_certificate tls.crt;
                    ssl_certificate_key tls.key;
                    return 204;
                  }
                }
                """.formatted(port, name));
        return start("nginx", dir, port, List.of("-e", "stderr", "-p", dir + "/", "-c", dir + "/nginx.conf"));
    }

    /**
     * Starts HAProxy with {@code tls-combined.pem} of the directory.
     *
     * @throws PartFailed when it is missing or does not start
     */
    public static TlsServer haproxy(Path dir, String name) {
        int port = Ports.free();
        WorkFiles.write(dir.resolve("haproxy.cfg"), """
                defaults
                  mode http
                  timeout client 10s
                  timeout server 10s
                  timeout connect 10s
                frontend %2$s
                  bind 127.0.0.1:%1$d ssl crt %3$s/tls-combined.pem strict-sni
                  http-request return status 204
                """.formatted(port, name, dir));
        return start("haproxy", dir, port, List.of("-db", "-f", dir + "/haproxy.cfg"));
    }

    private static TlsServer start(String program, Path dir, int port, List<String> arguments) {
        Path found = Programs.find(program).orElseThrow(() -> new PartFailed(program + " is missing"));
        List<String> command = new ArrayList<>(List.of(found.toString()));
        command.addAll(arguments);
        var process = PartProcess.start(program, dir.resolve(program + ".log"), dir, Map.of(), command);
        return new TlsServer(port, process.awaitReady(LIMIT, () -> {
            try (var socket = connect(port)) {
                return socket.isConnected();
            }
        }));
    }

    /**
     * The chain a client is given that asks for this name, trusts only this root, and checks both.
     *
     * @throws IOException when there is no such handshake
     */
    public List<X509Certificate> chain(String name, String rootPem) throws IOException {
        try (var tcp = connect(port);
                var tls = (SSLSocket) trusting(rootPem).getSocketFactory().createSocket(tcp, name, port, true)) {
            var parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return Arrays.stream(tls.getSession().getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toList();
        }
    }

    @Override
    public void close() {
        process.kill();
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 5_000);
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static SSLContext trusting(String rootPem) throws IOException {
        try {
            var roots = KeyStore.getInstance("PKCS12");
            roots.load(null, null);
            roots.setCertificateEntry(
                    "root",
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(
                                    new ByteArrayInputStream(rootPem.getBytes(StandardCharsets.US_ASCII))));
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(roots);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
