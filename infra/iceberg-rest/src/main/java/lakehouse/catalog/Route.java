package lakehouse.catalog;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.rest.Endpoint;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;

/**
 * The routes of the protocol that are served.
 *
 * <p>Left out on purpose: {@code oauth/tokens} (tokens are opaque and given), {@code transactions/commit} (the stock
 * handler commits table after table, so a failure in the middle loses the rest), scan planning (its state would live
 * in this process's memory).
 */
enum Route {
    CONFIG("GET", "/v1/config"),
    LIST_NAMESPACES("GET", "/v1/{prefix}/namespaces"),
    CREATE_NAMESPACE("POST", "/v1/{prefix}/namespaces", CreateNamespaceRequest.class),
    LOAD_NAMESPACE("GET", Paths.NAMESPACE),
    NAMESPACE_EXISTS("HEAD", Paths.NAMESPACE),
    DROP_NAMESPACE("DELETE", Paths.NAMESPACE),
    UPDATE_NAMESPACE("POST", Paths.NAMESPACE + "/properties", UpdateNamespacePropertiesRequest.class),
    LIST_TABLES("GET", Paths.NAMESPACE + "/tables"),
    CREATE_TABLE("POST", Paths.NAMESPACE + "/tables", CreateTableRequest.class),
    REGISTER_TABLE("POST", Paths.NAMESPACE + "/register", RegisterTableRequest.class),
    LOAD_TABLE("GET", Paths.TABLE),
    TABLE_EXISTS("HEAD", Paths.TABLE),
    UPDATE_TABLE("POST", Paths.TABLE, UpdateTableRequest.class),
    DROP_TABLE("DELETE", Paths.TABLE),
    RENAME_TABLE("POST", "/v1/{prefix}/tables/rename", RenameTableRequest.class),
    REPORT_METRICS("POST", Paths.TABLE + "/metrics", ReportMetricsRequest.class),
    LIST_VIEWS("GET", Paths.NAMESPACE + "/views"),
    CREATE_VIEW("POST", Paths.NAMESPACE + "/views", CreateViewRequest.class),
    REGISTER_VIEW("POST", Paths.NAMESPACE + "/register-view", RegisterViewRequest.class),
    LOAD_VIEW("GET", Paths.VIEW),
    VIEW_EXISTS("HEAD", Paths.VIEW),
    UPDATE_VIEW("POST", Paths.VIEW, UpdateTableRequest.class),
    DROP_VIEW("DELETE", Paths.VIEW),
    RENAME_VIEW("POST", "/v1/{prefix}/views/rename", RenameTableRequest.class);

    /** What an answer waits for. Whatever needs the object store needs the database too. */
    enum Needs {
        NOTHING,
        DATABASE,
        STORE
    }

    /** A route found for a request, with the still percent-encoded values of its path variables. */
    record Match(Route route, Map<String, String> variables) {}

    private final String method;
    private final String template;
    private final Class<? extends RESTRequest> bodyType;
    private final String[] segments;

    Route(String method, String template) {
        this(method, template, null);
    }

    Route(String method, String template, Class<? extends RESTRequest> bodyType) {
        this.method = method;
        this.template = template;
        this.bodyType = bodyType;
        this.segments = template.replace("/{prefix}", "").split("/", -1); // this server has no prefix
    }

    /** Finds the route of a method and a raw, still percent-encoded path such as {@code /v1/namespaces/a%1Fb}. */
    static Optional<Match> of(String method, String rawPath) {
        String[] path = rawPath.split("/", -1);
        return Arrays.stream(values())
                .filter(route -> route.method.equals(method) && route.fits(path))
                .findFirst()
                .map(route -> new Match(route, route.variables(path)));
    }

    /** What {@code /v1/config} tells clients that they may ask for. */
    static List<Endpoint> endpoints() {
        return Arrays.stream(values())
                .filter(route -> route != CONFIG)
                .map(route -> Endpoint.create(route.method, route.template))
                .toList();
    }

    Optional<Class<? extends RESTRequest>> bodyType() {
        return Optional.ofNullable(bodyType);
    }

    /** Whether a request can change the catalog. Metrics reports are POSTs that change nothing. */
    boolean mutates() {
        return !method.equals("GET") && !method.equals("HEAD") && this != REPORT_METRICS;
    }

    /** What a request of this route may have to wait for; a drop reads and deletes files only when it purges. */
    Needs needs() {
        return switch (this) {
            case CONFIG -> Needs.NOTHING;
            case LIST_NAMESPACES, CREATE_NAMESPACE, LOAD_NAMESPACE, NAMESPACE_EXISTS, DROP_NAMESPACE, UPDATE_NAMESPACE,
                    LIST_TABLES, LIST_VIEWS, REPORT_METRICS -> Needs.DATABASE;
            default -> Needs.STORE;
        };
    }

    private boolean fits(String[] path) {
        if (path.length != segments.length) {
            return false;
        }
        for (int i = 0; i < path.length; i++) {
            if (!isVariable(segments[i]) && !segments[i].equals(path[i])) {
                return false;
            }
        }
        return true;
    }

    private Map<String, String> variables(String[] path) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < path.length; i++) {
            if (isVariable(segments[i])) {
                variables.put(segments[i].substring(1, segments[i].length() - 1), path[i]);
            }
        }
        return variables;
    }

    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }

    /** An enum's constants cannot use its own static fields, so these stand in a class of their own. */
    private static final class Paths {
        static final String NAMESPACE = "/v1/{prefix}/namespaces/{namespace}";
        static final String TABLE = NAMESPACE + "/tables/{table}";
        static final String VIEW = NAMESPACE + "/views/{view}";
    }
}
