package lakehouse.catalog;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
import org.apache.iceberg.rest.responses.ListNamespacesResponse;
import org.apache.iceberg.rest.responses.ListTablesResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.view.BaseMetastoreViewCatalog;

/** From a route to Iceberg's own handler of it. Knows nothing of HTTP, tokens or errors. */
final class Dispatcher {
    private static final String ENCODED_SEPARATOR = "%1F"; // the protocol's default, and we advertise no other

    private final Catalog tables;
    private final SupportsNamespaces namespaces;
    private final ViewCatalog views;
    private final Transactions transactions;
    private final RequestRules rules;

    private <C extends BaseMetastoreViewCatalog & SupportsNamespaces> Dispatcher(
            C catalog, Transactions transactions, RequestRules rules) {
        this.tables = catalog;
        this.namespaces = catalog;
        this.views = catalog;
        this.transactions = transactions;
        this.rules = rules;
    }

    static <C extends BaseMetastoreViewCatalog & SupportsNamespaces> Dispatcher over(
            C catalog, Transactions transactions, RequestRules rules) {
        return new Dispatcher(catalog, transactions, rules);
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

        /** The table or view that the call is about, for a rename the one that it becomes; null if it is a namespace. */
        TableIdentifier subject() {
            if (path.containsKey("table")) {
                return table();
            }
            if (path.containsKey("view")) {
                return view();
            }
            if (body instanceof RenameTableRequest rename) {
                return rename.destination();
            }
            return nameToMake() == null ? null : TableIdentifier.of(namespace(), nameToMake());
        }

        /** The same in words; the namespace if it is about one. */
        String subjectName() {
            if (body instanceof CreateNamespaceRequest create) {
                return create.namespace().toString();
            }
            TableIdentifier subject = subject();
            return subject == null ? namespace().toString() : subject.toString();
        }

        private String nameToMake() {
            if (body instanceof CreateTableRequest create) {
                return create.name();
            } else if (body instanceof RegisterTableRequest register) {
                return register.name();
            } else if (body instanceof CreateViewRequest create) {
                return create.name();
            }
            return body instanceof RegisterViewRequest register ? register.name() : null;
        }

        /** Whether only the metadata of a table to come is asked for, which makes nothing in the catalog. */
        boolean isStaged() {
            return body instanceof CreateTableRequest create && create.stageCreate();
        }

        boolean purges() {
            return route == Route.DROP_TABLE && "true".equalsIgnoreCase(query.get("purgeRequested"));
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
            case CONFIG -> Reply.of(config(call.query().get("warehouse")));
            case LIST_NAMESPACES, CREATE_NAMESPACE, LOAD_NAMESPACE, NAMESPACE_EXISTS, DROP_NAMESPACE,
                    UPDATE_NAMESPACE -> runOnNamespace(call);
            case LIST_VIEWS, CREATE_VIEW, REGISTER_VIEW, LOAD_VIEW, VIEW_EXISTS, UPDATE_VIEW, DROP_VIEW,
                    RENAME_VIEW -> runOnView(call);
            default -> runOnTable(call);
        };
    }

    private ConfigResponse config(String warehouse) {
        rules.checkWarehouse(warehouse);
        return ConfigResponse.builder()
                .withEndpoints(Route.endpoints())
                .withIdempotencyKeyLifetime(IdempotencyKeys.LIFETIME.toString())
                .build();
    }

    private Reply runOnNamespace(Call call) {
        return switch (call.route()) {
            case LIST_NAMESPACES -> Reply.of(listNamespaces(call.query()));
            case LOAD_NAMESPACE -> Reply.of(CatalogHandlers.loadNamespace(namespaces, call.namespace()));
            case NAMESPACE_EXISTS -> empty(() -> CatalogHandlers.namespaceExists(namespaces, call.namespace()));
            default -> transactions.inOneTransaction(() -> changeNamespace(call));
        };
    }

    private Reply changeNamespace(Call call) {
        if (call.body() instanceof CreateNamespaceRequest create) {
            refuseTakenFolder(create.properties());
            return Reply.of(CatalogHandlers.createNamespace(namespaces, create));
        }
        if (call.body() instanceof UpdateNamespacePropertiesRequest update) {
            refuseTakenFolder(update.updates());
            return Reply.of(CatalogHandlers.updateNamespaceProperties(namespaces, call.namespace(), update));
        }
        return empty(() -> CatalogHandlers.dropNamespace(namespaces, call.namespace()));
    }

    private void refuseTakenFolder(Map<String, String> properties) {
        String folder = properties.get(RequestRules.FOLDER);
        if (folder != null) {
            transactions.refuseTakenFolder(folder);
        }
    }

    private RESTResponse listNamespaces(Map<String, String> query) {
        String parent = query.getOrDefault("parent", "");
        Namespace under = parent.isEmpty() ? Namespace.empty() : RESTUtil.namespaceFromQueryParam(parent);
        RequestRules.checkNamespace(under);
        List<Namespace> all = under.isEmpty() ? namespaces.listNamespaces() : namespaces.listNamespaces(under);
        Page.Part<Namespace> part = Page.of(query).of(all, namespace -> namespace.level(namespace.length() - 1));
        return ListNamespacesResponse.builder().addAll(part.items()).nextPageToken(part.next()).build();
    }

    private Reply runOnTable(Call call) {
        return switch (call.route()) {
            case LIST_TABLES -> Reply.of(list(call, tables::listTables));
            case CREATE_TABLE -> Reply.of(createTable(call, (CreateTableRequest) call.body()));
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

    private static RESTResponse list(Call call, Function<Namespace, List<TableIdentifier>> all) {
        Page.Part<TableIdentifier> part = Page.of(call.query()).of(all.apply(call.namespace()), TableIdentifier::name);
        return ListTablesResponse.builder().addAll(part.items()).nextPageToken(part.next()).build();
    }

    private RESTResponse createTable(Call call, CreateTableRequest request) {
        if (!call.isStaged()) {
            return CatalogHandlers.createTable(tables, call.namespace(), request);
        }
        LoadTableResponse staged = CatalogHandlers.stageTableCreate(tables, call.namespace(), request);
        transactions.refuseTakenLocation(call.subject(), staged.tableMetadata());
        return staged;
    }

    private Reply loadTable(Call call) {
        SnapshotMode mode = "refs".equalsIgnoreCase(call.query().get("snapshots")) ? SnapshotMode.REFS : SnapshotMode.ALL;
        LoadTableResponse table = CatalogHandlers.loadTable(tables, call.table(), mode);
        String etag = RestBridge.etag(table.metadataLocation(), mode.name());
        boolean notModified = etag.equals(call.ifNoneMatch());
        return new Reply(notModified ? null : table, etag, notModified);
    }

    private void dropTable(Call call) {
        if (call.purges()) {
            CatalogHandlers.purgeTable(tables, call.table());
        } else {
            CatalogHandlers.dropTable(tables, call.table());
        }
    }

    private Reply runOnView(Call call) {
        return switch (call.route()) {
            case LIST_VIEWS -> Reply.of(list(call, views::listViews));
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

    private static Reply empty(Runnable action) {
        action.run();
        return Reply.EMPTY;
    }
}
