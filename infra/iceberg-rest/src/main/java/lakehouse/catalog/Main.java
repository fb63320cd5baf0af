package lakehouse.catalog;

import org.apache.iceberg.jdbc.JdbcCatalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the server, and stops it on SIGTERM after the requests under way. Exit status 2: a setting is wrong. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        try {
            run(Settings.from(System.getenv()));
        } catch (SettingsException e) {
            LOG.error(e.getMessage());
            System.exit(2);
        } catch (Exception e) {
            LOG.error("Cannot start", e);
            System.exit(1);
        }
    }

    private static void run(Settings settings) throws Exception {
        JdbcCatalog catalog = CatalogConnection.open(settings);
        HttpServer server = new HttpServer(
                settings.host(),
                settings.port(),
                settings.load(),
                HealthProbe.of(settings.database()),
                new AccessTokens(settings.writerToken(), settings.readerToken()),
                new CatalogHandler(new RequestRules(settings.warehouse()), Dispatcher.over(catalog)));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, catalog), "shutdown"));
        server.start();
        LOG.info("Catalog {} on http://{}:{}", settings.catalogName(), settings.host(), server.port());
    }

    private static void stop(HttpServer server, JdbcCatalog catalog) {
        try {
            server.stop();
            catalog.close();
            LOG.info("Stopped");
        } catch (Exception e) {
            LOG.warn("Stopped with unfinished requests", e);
        }
    }
}
