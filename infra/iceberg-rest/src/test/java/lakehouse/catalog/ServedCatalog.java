package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** The server over real HTTP, on Iceberg's in-memory catalog that can be made to break or to hang. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one server: stopping one takes a second
abstract class ServedCatalog {
    static final String WRITER = "writer-token-of-24-chars";
    static final String MAINTENANCE = "maintenance-token-24-chars";
    static final String READER = "reader-token-of-24-chars";
    static final String TABLE =
            """
            {"name": "t", "schema": {"type": "struct", "schema-id": 0,
             "fields": [{"id": 1, "name": "a", "type": "long", "required": false}]}}""";
    static final String NO_UPDATES = "{\"requirements\": [], \"updates\": []}";

    final ObjectMapper json = new ObjectMapper();
    final HttpClient client = HttpClient.newHttpClient();
    final BreakableCatalog catalog = new BreakableCatalog();
    HttpServer server;

    @BeforeAll
    void start() throws Exception {
        catalog.initialize("iceberg", Map.of("warehouse", "s3://lakehouse/warehouse"));
        server = serverOnFreePort();
    }

    HttpServer serverOnFreePort() throws Exception {
        AccessTokens tokens = new AccessTokens(Map.of(
                AccessTokens.Role.MAINTENANCE, new Secret(MAINTENANCE),
                AccessTokens.Role.WRITER, new Secret(WRITER),
                AccessTokens.Role.READER, new Secret(READER)));
        RequestRules rules = new RequestRules("s3://lakehouse/warehouse");
        Dispatcher dispatcher = Dispatcher.over(catalog, new NoTransactions(), rules);
        CatalogHandler handler =
                new CatalogHandler(rules, dispatcher, (call, key) -> new Changes.Result(dispatcher.run(call), false));
        Settings.Load load = new Settings.Load(2, 2, Duration.ofSeconds(1)); // one at work in each lane, two wait
        HttpServer started = new HttpServer("127.0.0.1", 0, load, tokens, handler);
        started.start();
        return started;
    }

    @BeforeEach
    void emptyTheCatalog() {
        catalog.failure = null;
        catalog.hang = new CountDownLatch(0);
        catalog.listNamespaces().forEach(namespace -> {
            catalog.listTables(namespace).forEach(table -> catalog.dropTable(table, false));
            catalog.listNamespaces(namespace).forEach(catalog::dropNamespace);
            catalog.dropNamespace(namespace);
        });
    }

    @AfterAll
    void stop() throws Exception {
        server.stop();
    }

    void createTable() throws Exception {
        assertEquals(200, send("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"gold\"]}").statusCode());
        assertEquals(200, send("POST", "/v1/namespaces/gold/tables", WRITER, TABLE).statusCode());
    }

    void assertError(int status, String type, HttpResponse<String> response) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = json.readTree(response.body()).get("error");
        assertEquals(type, error.get("type").asText());
        assertEquals(status, error.get("code").asInt());
    }

    HttpResponse<String> send(String method, String path, String token, String body) throws Exception {
        return client.send(request(method, path, token, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> sendLater(int port, String path) {
        return client.sendAsync(request(port, "GET", path, READER, null).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String method, String path, String token, String body) {
        return request(server.port(), method, path, token, body);
    }

    private static HttpRequest.Builder request(int port, String method, String path, String token, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    /** What needs Postgres is behind the end-to-end tests. */
    static final class NoTransactions implements Transactions {
        @Override
        public <R> R inOneTransaction(Supplier<R> work) {
            return work.get();
        }

        @Override
        public void refuseTakenFolder(String location) {}

        @Override
        public void refuseTakenLocation(TableIdentifier owner, TableMetadata metadata) {}
    }

    static final class BreakableCatalog extends InMemoryCatalog {
        volatile RuntimeException failure;
        volatile CountDownLatch hang = new CountDownLatch(0);
        volatile CountDownLatch hanging = new CountDownLatch(0);

        @Override
        public Table loadTable(TableIdentifier identifier) {
            if (failure != null) {
                throw failure;
            }
            hangIfAsked();
            return super.loadTable(identifier);
        }

        @Override
        public List<Namespace> listNamespaces() {
            hangIfAsked();
            return super.listNamespaces();
        }

        private void hangIfAsked() {
            if (hang.getCount() > 0) {
                hanging.countDown();
            }
            try {
                hang.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
