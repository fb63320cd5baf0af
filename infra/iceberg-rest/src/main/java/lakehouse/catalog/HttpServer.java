package lakehouse.catalog;

import java.time.Duration;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty, put together: which limits hold, and in which order a request meets them. */
final class HttpServer {
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(60);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(15);
    /** Threads beyond those that can be busy with requests: accepting, selecting, answering /v1/config, 401, 503. */
    private static final int SPARE_THREADS = 8;

    private final Server server;
    private final ServerConnector connector;

    HttpServer(String host, int port, Settings.Load load, AccessTokens tokens, Handler catalog) {
        server = new Server(new QueuedThreadPool(load.activeRequests() + SPARE_THREADS, SPARE_THREADS));
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(httpConfiguration()));
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_LIMIT.toMillis());
        server.addConnector(connector);
        server.setHandler(new GracefulHandler(new TokenCheck(tokens, Lanes.before(catalog, load))));
        server.setErrorHandler(new ProtocolErrors());
        server.setRequestLog(new AccessLog());
        server.setStopTimeout(DRAIN_LIMIT.toMillis());
    }

    void start() throws Exception {
        server.start();
    }

    void stop() throws Exception {
        server.stop();
    }

    int port() {
        return connector.getLocalPort();
    }

    private static HttpConfiguration httpConfiguration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        // Nested namespaces travel as a%1Fb, names may hold %2F and %25: Jetty refuses these unless told otherwise.
        configuration.setUriCompliance(UriCompliance.LEGACY);
        return configuration;
    }
}
