package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static final Map<String, String> NEEDED =
            Map.of(
                    "CATALOG_WAREHOUSE", "s3://lakehouse/warehouse/",
                    "CATALOG_JDBC_URL", "jdbc:postgresql://127.0.0.1/catalog",
                    "CATALOG_JDBC_USER", "catalog",
                    "CATALOG_JDBC_PASSWORD", "database-secret",
                    "CATALOG_S3_ENDPOINT", "http://127.0.0.1:9000",
                    "CATALOG_S3_ACCESS_KEY", "key",
                    "CATALOG_S3_SECRET_KEY", "store-secret",
                    "CATALOG_WRITER_TOKEN", "writer-token-of-24-chars",
                    "CATALOG_READER_TOKEN", "reader-token-of-24-chars");

    @Test
    void listensOnLoopbackUnlessTold() {
        Settings settings = Settings.from(NEEDED);

        assertEquals("127.0.0.1", settings.host());
        assertEquals(8181, settings.port());
        assertEquals("iceberg", settings.catalogName());
        assertEquals("s3://lakehouse/warehouse", settings.warehouse());
    }

    @Test
    void withoutATokenForMaintenanceNobodyHasThatRole() {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("CATALOG_MAINTENANCE_TOKEN", "");
        assertEquals(Set.of(AccessTokens.Role.WRITER, AccessTokens.Role.READER), Settings.from(environment).tokens().keySet());

        environment.put("CATALOG_MAINTENANCE_TOKEN", "maintenance-token-24-chars");
        assertEquals(3, Settings.from(environment).tokens().size());
    }

    @Test
    void doesNotPrintSecrets() {
        String printed = Settings.from(NEEDED).toString();

        assertFalse(printed.contains("database-secret"), printed);
        assertFalse(printed.contains("store-secret"), printed);
        assertFalse(printed.contains("-token-of-"), printed);
    }

    @ParameterizedTest
    @CsvSource({
        "CATALOG_WAREHOUSE, ''",
        "CATALOG_WAREHOUSE, file:///tmp",
        "CATALOG_JDBC_URL, jdbc:postgresql://127.0.0.1/catalog?user=a&password=b",
        "CATALOG_JDBC_URL, jdbc:mysql://127.0.0.1/catalog",
        "CATALOG_JDBC_PASSWORD, ''",
        "CATALOG_PORT, 81810",
        "CATALOG_PORT, http",
        "CATALOG_THREADS, 0",
        "CATALOG_S3_PATH_STYLE, yes",
        "CATALOG_WRITER_TOKEN, too-short",
        "CATALOG_READER_TOKEN, writer-token-of-24-chars",
        "CATALOG_MAINTENANCE_TOKEN, too-short",
    })
    void refusesAMissingOrMalformedValueByTheVariablesName(String name, String value) {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put(name, value);

        SettingsException refused = assertThrows(SettingsException.class, () -> Settings.from(environment));

        assertTrue(refused.getMessage().contains(name), refused.getMessage());
    }
}
