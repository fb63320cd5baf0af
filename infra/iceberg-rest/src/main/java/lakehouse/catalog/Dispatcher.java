package lakehouse.catalog;

import java.util.Map;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.catalog.ViewCatalog;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.RESTResponse;
import org.apache.iceberg.rest.RESTUtil;
import org.apache.iceberg.rest.RestBridge;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.view.BaseMetastoreViewCatalog;

/** From a route to Iceberg's own handler of it. Knows nothing of HTTP, tokens or errors. */
final class Dispatcher {
    private static final String ENCODED_SEPARATOR = "%1F"; // the protocol's default, and we advertise no other

    private final Catalog tables;
    private final SupportsNamespaces namespaces;
    private final ViewCatalog views;

    private <C extends BaseMetastoreViewCatalog & SupportsNamespaces> Dispatcher(C catalog) {
        this.tables = catalog;
        this.namespaces = catalog;
        this.views = catalog;
    }

    static <C extends BaseMetastoreViewCatalog & SupportsNamespaces> Dispatcher over(C catalog) {
        return new Dispatcher(catalog);
    }

    /**
     * One request, understood: {@code path} still percent-encoded, {@code query} decoded, {@code body} of the route's
     * type or null, {@code ifNoneMatch} the ETag that the client holds or null.
     */
    record Call(Route route, Map<String, String> path, Map<String, String> query, RESTRequest body, String ifNoneMatch) {
        Namespace namespace() {
            Namespace namespace = RESTUtil.decodeNamespace(path.get("namespace"), ENCODED_SEPARATOR);
            RequestRules.checkNamespace(namespace);
            return namespace;
        }

        TableIdentifier table() {
            return TableIdentifier.of(namespace(), RESTUtil.decodeString(path.get("table")));
        }

        TableIdentifier view() {
            return TableIdentifier.of(namespace(), RESTUtil.decodeString(path.get("view")));
        }
    }

    /** The answer: a body or none; for a table also its ETag, and whether the client's copy is still current. */
    record Reply(RESTResponse body, String etag, boolean notModified) {
        static final Reply EMPTY = new Reply(null, null, false);

        static Reply of(RESTResponse body) {
            return new Reply(body, null, false);
        }
    }

    /** Runs the call; throws whatever the catalog throws. */
    Reply run(Call call) {
        return switch (call.route()) {
            case CONFIG -> Reply.of(config());
            case LIST_NAMESPACES, CREATE_NAMESPACE, LOAD_NAMESPACE, NAMESPACE_EXISTS, DROP_NAMESPACE,
                    UPDATE_NAMESPACE -> runOnNamespace(call);
            case LIST_VIEWS, CREATE_VIEW, REGISTER_VIEW, LOAD_VIEW, VIEW_EXISTS, UPDATE_VIEW, DROP_VIEW,
                    RENAME_VIEW -> runOnView(call);
            default -> runOnTable(call);
        };
    }

    private static ConfigResponse config() {
        return ConfigResponse.builder().withEndpoints(Route.endpoints()).build();
    }

    private Reply runOnNamespace(Call call) {
        return switch (call.route()) {
            case LIST_NAMESPACES -> Reply.of(listNamespaces(call.query()));
            case CREATE_NAMESPACE -> Reply.of(
                    CatalogHandlers.createNamespace(namespaces, (CreateNamespaceRequest) call.body()));
            case LOAD_NAMESPACE -> Reply.of(CatalogHandlers.loadNamespace(namespaces, call.namespace()));
            case NAMESPACE_EXISTS -> empty(() -> CatalogHandlers.namespaceExists(namespaces, call.namespace()));
            case DROP_NAMESPACE -> empty(() -> CatalogHandlers.dropNamespace(namespaces, call.namespace()));
            case UPDATE_NAMESPACE -> Reply.of(
                    CatalogHandlers.updateNamespaceProperties(
                            namespaces, call.namespace(), (UpdateNamespacePropertiesRequest) call.body()));
            default -> throw new IllegalStateException(call.route().name());
        };
    }

    private RESTResponse listNamespaces(Map<String, String> query) {
        String parent = query.getOrDefault("parent", "");
        Namespace under = parent.isEmpty() ? Namespace.empty() : RESTUtil.namespaceFromQueryParam(parent);
        RequestRules.checkNamespace(under);
        return Page.of(query)
                .map(page -> CatalogHandlers.listNamespaces(namespaces, under, page.token(), page.size()))
                .orElseGet(() -> CatalogHandlers.listNamespaces(namespaces, under));
    }

    private Reply runOnTable(Call call) {
        return switch (call.route()) {
            case LIST_TABLES -> Reply.of(listTables(call));
            case CREATE_TABLE -> Reply.of(createTable(call.namespace(), (CreateTableRequest) call.body()));
            case REGISTER_TABLE -> Reply.of(
                    CatalogHandlers.registerTable(tables, call.namespace(), (RegisterTableRequest) call.body()));
            case LOAD_TABLE -> loadTable(call);
            case TABLE_EXISTS -> empty(() -> CatalogHandlers.tableExists(tables, call.table()));
            case UPDATE_TABLE -> Reply.of(
                    CatalogHandlers.updateTable(tables, call.table(), (UpdateTableRequest) call.body()));
            case DROP_TABLE -> empty(() -> dropTable(call));
            case RENAME_TABLE -> empty(() -> CatalogHandlers.renameTable(tables, (RenameTableRequest) call.body()));
            case REPORT_METRICS -> Reply.EMPTY; // taken so that clients do not warn; nobody reads them
            default -> throw new IllegalStateException(call.route().name());
        };
    }

    private RESTResponse listTables(Call call) {
        return Page.of(call.query())
                .map(page -> CatalogHandlers.listTables(tables, call.namespace(), page.token(), page.size()))
                .orElseGet(() -> CatalogHandlers.listTables(tables, call.namespace()));
    }

    private RESTResponse createTable(Namespace namespace, CreateTableRequest request) {
        return request.stageCreate()
                ? CatalogHandlers.stageTableCreate(tables, namespace, request)
                : CatalogHandlers.createTable(tables, namespace, request);
    }

    private Reply loadTable(Call call) {
        SnapshotMode mode = "refs".equalsIgnoreCase(call.query().get("snapshots")) ? SnapshotMode.REFS : SnapshotMode.ALL;
        LoadTableResponse table = CatalogHandlers.loadTable(tables, call.table(), mode);
        String etag = RestBridge.etag(table.metadataLocation(), mode.name());
        boolean notModified = etag.equals(call.ifNoneMatch());
        return new Reply(notModified ? null : table, etag, notModified);
    }

    private void dropTable(Call call) {
        if ("true".equalsIgnoreCase(call.query().get("purgeRequested"))) {
            CatalogHandlers.purgeTable(tables, call.table());
        } else {
            CatalogHandlers.dropTable(tables, call.table());
        }
    }

    private Reply runOnView(Call call) {
        return switch (call.route()) {
            case LIST_VIEWS -> Reply.of(listViews(call));
            case CREATE_VIEW -> Reply.of(
                    CatalogHandlers.createView(views, call.namespace(), (CreateViewRequest) call.body()));
            case REGISTER_VIEW -> Reply.of(
                    CatalogHandlers.registerView(views, call.namespace(), (RegisterViewRequest) call.body()));
            case LOAD_VIEW -> Reply.of(CatalogHandlers.loadView(views, call.view()));
            case VIEW_EXISTS -> empty(() -> CatalogHandlers.viewExists(views, call.view()));
            case UPDATE_VIEW -> Reply.of(
                    CatalogHandlers.updateView(views, call.view(), (UpdateTableRequest) call.body()));
            case DROP_VIEW -> empty(() -> CatalogHandlers.dropView(views, call.view()));
            case RENAME_VIEW -> empty(() -> CatalogHandlers.renameView(views, (RenameTableRequest) call.body()));
            default -> throw new IllegalStateException(call.route().name());
        };
    }

    private RESTResponse listViews(Call call) {
        return Page.of(call.query())
                .map(page -> CatalogHandlers.listViews(views, call.namespace(), page.token(), page.size()))
                .orElseGet(() -> CatalogHandlers.listViews(views, call.namespace()));
    }

    private static Reply empty(Runnable action) {
        action.run();
        return Reply.EMPTY;
    }
}
