package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTest {
    @ParameterizedTest
    @CsvSource({
        "GET, /v1/config, CONFIG",
        "GET, /v1/namespaces, LIST_NAMESPACES",
        "POST, /v1/namespaces/gold/properties, UPDATE_NAMESPACE",
        "POST, /v1/namespaces/gold/tables, CREATE_TABLE",
        "POST, /v1/namespaces/gold/tables/kpi, UPDATE_TABLE",
        "HEAD, /v1/namespaces/gold/tables/kpi, TABLE_EXISTS",
        "POST, /v1/namespaces/gold/tables/kpi/metrics, REPORT_METRICS",
        "POST, /v1/tables/rename, RENAME_TABLE",
        "DELETE, /v1/namespaces/gold/views/v, DROP_VIEW",
    })
    void findsTheRouteOfAMethodAndPath(String method, String path, Route expected) {
        assertEquals(expected, Route.of(method, path).orElseThrow().route());
    }

    @Test
    void keepsPathVariablesEncodedSoThatASlashInANameCannotMoveTheRoute() {
        Route.Match match = Route.of("GET", "/v1/namespaces/a%1Fb/tables/x%2Fy").orElseThrow();

        assertEquals(Route.LOAD_TABLE, match.route());
        assertEquals(Map.of("namespace", "a%1Fb", "table", "x%2Fy"), match.variables());
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/transactions/commit",
        "POST, /v1/oauth/tokens",
        "POST, /v1/namespaces/gold/tables/kpi/plan",
        "PUT, /v1/namespaces/gold",
        "GET, /v1/namespaces/",
        "GET, /v1/namespaces/gold/tables/kpi/",
        "GET, /v1",
        "GET, /",
    })
    void doesNotServe(String method, String path) {
        Route.Match match = Route.of(method, path).orElse(null);

        // An empty name is a name to the router, and is refused where names are read.
        assertTrue(match == null || match.variables().containsValue(""), () -> "served by " + match);
    }

    @Test
    void knowsWhichRoutesOnlyRead() {
        Set<Route> reading =
                Arrays.stream(Route.values()).filter(route -> !route.mutates()).collect(Collectors.toSet());

        assertEquals(
                EnumSet.of(
                        Route.CONFIG,
                        Route.LIST_NAMESPACES,
                        Route.LOAD_NAMESPACE,
                        Route.NAMESPACE_EXISTS,
                        Route.LIST_TABLES,
                        Route.LOAD_TABLE,
                        Route.TABLE_EXISTS,
                        Route.REPORT_METRICS,
                        Route.LIST_VIEWS,
                        Route.LOAD_VIEW,
                        Route.VIEW_EXISTS),
                reading);
    }

    @Test
    void knowsWhichRoutesAnswerWithoutTheObjectStore() {
        Set<Route> storeless =
                Arrays.stream(Route.values())
                        .filter(route -> route.needs() != Route.Needs.STORE)
                        .collect(Collectors.toSet());

        assertEquals(
                EnumSet.of(
                        Route.CONFIG,
                        Route.LIST_NAMESPACES,
                        Route.CREATE_NAMESPACE,
                        Route.LOAD_NAMESPACE,
                        Route.NAMESPACE_EXISTS,
                        Route.DROP_NAMESPACE,
                        Route.UPDATE_NAMESPACE,
                        Route.LIST_TABLES,
                        Route.REPORT_METRICS,
                        Route.LIST_VIEWS),
                storeless);
        assertEquals(Route.Needs.NOTHING, Route.CONFIG.needs());
    }

    @Test
    void advertisesWhatIsServedAndNothingElse() {
        assertEquals(Route.values().length - 1, Route.endpoints().size());
        assertFalse(Route.endpoints().toString().contains("transactions"));
    }
}
