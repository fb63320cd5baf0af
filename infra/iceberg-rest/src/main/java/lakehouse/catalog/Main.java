package lakehouse.catalog;

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
        RequestRules rules = new RequestRules(settings.warehouse());
        LakehouseCatalog catalog = CatalogConnection.open(settings, rules);
        Dispatcher dispatcher = Dispatcher.over(catalog, catalog, rules);
        Changes changes = new Changes(dispatcher, catalog, new IdempotencyKeys(settings.catalogName()));
        HttpServer server = new HttpServer(
                settings.host(),
                settings.port(),
                settings.load(),
                new AccessTokens(settings.tokens()),
                new CatalogHandler(rules, dispatcher, changes::run));
        Housekeeping housekeeping = new Housekeeping(catalog);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, housekeeping, catalog), "shutdown"));
        server.start();
        LOG.info("Catalog {} on http://{}:{}", settings.catalogName(), settings.host(), server.port());
    }

    private static void stop(HttpServer server, Housekeeping housekeeping, LakehouseCatalog catalog) {
        try {
            server.stop();
            housekeeping.stop();
            catalog.close();
            LOG.info("Stopped");
        } catch (Exception e) {
            LOG.warn("Stopped with unfinished requests", e);
        }
    }
}
