package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.junit.jupiter.api.Test;

class ChangeLogTest {
    private static final Map<String, String> NO_QUERY = Map.of();

    @Test
    void aLineSaysByWhichTokenWhatWasChanged() {
        assertEquals(
                "token=writer dropTable gold.stg_x purge",
                line(AccessTokens.Role.WRITER, "DELETE", "/v1/namespaces/gold/tables/stg_x", Map.of("purgeRequested", "true"), null));
        assertEquals(
                "token=maintenance dropNamespace a.b",
                line(AccessTokens.Role.MAINTENANCE, "DELETE", "/v1/namespaces/a%1Fb", NO_QUERY, null));
        RenameTableRequest rename = RenameTableRequest.builder()
                .withSource(TableIdentifier.of(Namespace.of("gold"), "t"))
                .withDestination(TableIdentifier.of(Namespace.of("gold"), "u"))
                .build();
        assertEquals(
                "token=maintenance renameTable gold.u from gold.t",
                line(AccessTokens.Role.MAINTENANCE, "POST", "/v1/tables/rename", NO_QUERY, rename));
    }

    @Test
    void aNameCannotBeginAnotherLine() {
        assertEquals(
                "token=writer dropTable gold.stg_x?change token=reader",
                line(AccessTokens.Role.WRITER, "DELETE", "/v1/namespaces/gold/tables/stg_x%0Achange%20token=reader", NO_QUERY, null));
    }

    private static String line(
            AccessTokens.Role role, String method, String path, Map<String, String> query, RESTRequest body) {
        Route.Match match = Route.of(method, path).orElseThrow();
        return ChangeLog.line(role, new Dispatcher.Call(match.route(), match.variables(), query, body, null));
    }
}
