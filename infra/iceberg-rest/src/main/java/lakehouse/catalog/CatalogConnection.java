package lakehouse.catalog;

import java.util.Map;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.io.FileIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Iceberg's JDBC catalog with our connection pool, opened as soon as the database answers. */
final class CatalogConnection {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogConnection.class);
    private static final long PAUSE_MS = 1_000;

    private CatalogConnection() {}

    /** Waits for the database up to the set time, then throws what the last try threw. */
    static LakehouseCatalog open(Settings settings, RequestRules rules) throws InterruptedException {
        Map<String, String> properties = properties(settings);
        Settings.Database database = settings.database();
        RunOncePool pool = new RunOncePool(database.connections(), database.jdbcUrl(), properties);
        FileIO io = CatalogUtil.loadFileIO(properties.get("io-impl"), properties, null);
        LocationRegister locations = new LocationRegister(settings.catalogName(), settings.warehouse());
        long giveUpNanos = System.nanoTime() + settings.startWait().toNanos();
        while (true) {
            LakehouseCatalog catalog = new LakehouseCatalog(pool, io, rules, locations);
            try {
                catalog.initialize(settings.catalogName(), properties);
                catalog.prepareTables();
                return catalog;
            } catch (RuntimeException e) {
                if (System.nanoTime() > giveUpNanos) {
                    throw e;
                }
                LOG.warn("Waiting for the database: {}", e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    private static Map<String, String> properties(Settings settings) {
        Settings.Database database = settings.database();
        Settings.ObjectStore store = settings.objectStore();
        return Map.ofEntries(
                Map.entry("uri", database.jdbcUrl()),
                Map.entry("jdbc.user", database.user()),
                Map.entry("jdbc.password", database.password().value()),
                Map.entry("jdbc.schema-version", "V1"), // with views
                Map.entry("jdbc.strict-mode", "true"), // else tables appear in namespaces that do not exist
                Map.entry("jdbc.connectTimeout", "5"), // seconds
                Map.entry("jdbc.loginTimeout", "5"), // seconds; a database that hangs still takes connections
                Map.entry("jdbc.socketTimeout", "15"), // seconds
                Map.entry("jdbc.tcpKeepAlive", "true"),
                Map.entry("jdbc.ApplicationName", "iceberg-rest"),
                Map.entry("warehouse", settings.warehouse()),
                // Else ns.t renamed and created again shares one folder with its former self, as do table a.b and the
                // tables of namespace a.b, and removing the orphans of one deletes the files of the other.
                Map.entry("unique-table-location", "true"),
                Map.entry("io-impl", "org.apache.iceberg.aws.s3.S3FileIO"),
                Map.entry("s3.endpoint", store.endpoint()),
                Map.entry("s3.path-style-access", String.valueOf(store.pathStyle())),
                Map.entry("s3.access-key-id", store.accessKey()),
                Map.entry("s3.secret-access-key", store.secretKey().value()),
                Map.entry("s3.retry.num-retries", "2"),
                Map.entry("client.region", store.region()),
                // With the defaults a store that hangs held each request for minutes.
                Map.entry("http-client.apache.connection-timeout-ms", "3000"),
                Map.entry("http-client.apache.socket-timeout-ms", "8000"));
    }
}
