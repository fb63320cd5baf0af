package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server over real HTTP, on Iceberg's in-memory catalog that can be made to break or to hang. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one server: stopping one takes a second
class HttpServerTest {
    private static final String WRITER = "writer-token-of-24-chars";
    private static final String READER = "reader-token-of-24-chars";
    private static final String TABLE =
            """
            {"name": "t", "schema": {"type": "struct", "schema-id": 0,
             "fields": [{"id": 1, "name": "a", "type": "long", "required": false}]}}""";
    private static final String NO_UPDATES = "{\"requirements\": [], \"updates\": []}";

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newHttpClient();
    private final BreakableCatalog catalog = new BreakableCatalog();
    private HttpServer server;

    @BeforeAll
    void start() throws Exception {
        catalog.initialize("iceberg", Map.of("warehouse", "s3://lakehouse/warehouse"));
        server = serverOnFreePort();
    }

    private HttpServer serverOnFreePort() throws Exception {
        AccessTokens tokens = new AccessTokens(new Secret(WRITER), new Secret(READER));
        CatalogHandler handler = new CatalogHandler(new RequestRules("s3://lakehouse/warehouse"), Dispatcher.over(catalog));
        Settings.Load load = new Settings.Load(2, 2, Duration.ofSeconds(1)); // one at work in each lane, two wait
        HttpServer started = new HttpServer("127.0.0.1", 0, load, new HealthProbe(() -> {}), tokens, handler);
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

    @Test
    void aTableIsCreatedLoadedAndDropped() throws Exception {
        createTable();

        HttpResponse<String> loaded = send("GET", "/v1/namespaces/gold/tables/t", READER, null);
        assertEquals(200, loaded.statusCode());
        assertEquals("application/json", loaded.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(204, send("HEAD", "/v1/namespaces/gold/tables/t", READER, null).statusCode());
        assertEquals(204, send("DELETE", "/v1/namespaces/gold/tables/t", WRITER, null).statusCode());
        assertError(404, "NoSuchTableException", send("GET", "/v1/namespaces/gold/tables/t", READER, null));
    }

    @Test
    void aClientThatHoldsTheCurrentTableGets304() throws Exception {
        createTable();
        String etag = send("GET", "/v1/namespaces/gold/tables/t", READER, null).headers().firstValue("ETag").orElseThrow();

        HttpRequest again = request("GET", "/v1/namespaces/gold/tables/t", READER, null)
                .header("If-None-Match", etag)
                .build();

        assertEquals(304, client.send(again, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    @Test
    void nestedNamespacesTravelEncoded() throws Exception {
        assertEquals(200, send("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"a\"]}").statusCode());
        assertEquals(200, send("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"a\", \"b\"]}").statusCode());

        HttpResponse<String> loaded = send("GET", "/v1/namespaces/a%1Fb", READER, null);
        assertEquals("[\"a\",\"b\"]", json.readTree(loaded.body()).get("namespace").toString());
        HttpResponse<String> children = send("GET", "/v1/namespaces?parent=a", READER, null);
        assertEquals("[[\"a\",\"b\"]]", json.readTree(children.body()).get("namespaces").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"a.b\"]", "[\"a\", \"\"]", "[\"\"]", "[\"a\", \".\"]"})
    void aNamespaceLevelWithADotOrEmptyIs400(String namespace) throws Exception {
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces", WRITER, "{\"namespace\": " + namespace + "}"));
    }

    @Test
    void aNameThatCannotBecomeAPathIs400() throws Exception {
        createTable();
        for (String name : new String[] {"x".repeat(201), "ü".repeat(101), "", "..", "a/b", "a?b", "a#b", "a\\\\b", "a\\u0000b", "a\\ud800b"}) {
            String create = TABLE.replace("\"name\": \"t\"", "\"name\": \"" + name + "\"");
            String rename = "{\"source\": {\"namespace\": [\"gold\"], \"name\": \"t\"},"
                    + " \"destination\": {\"namespace\": [\"gold\"], \"name\": \"" + name + "\"}}";
            String namespace = "{\"namespace\": [\"" + name + "\"]}";

            assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables", WRITER, create));
            assertError(400, "BadRequestException", send("POST", "/v1/tables/rename", WRITER, rename));
            assertError(400, "BadRequestException", send("POST", "/v1/namespaces", WRITER, namespace));
        }
        String longest = TABLE.replace("\"name\": \"t\"", "\"name\": \"" + "x".repeat(200) + "\"");
        assertEquals(200, send("POST", "/v1/namespaces/gold/tables", WRITER, longest).statusCode());
    }

    @Test
    void thePropertyThatMakesANamespaceExistCannotBeRemoved() throws Exception {
        createTable();

        assertError(
                400,
                "BadRequestException",
                send("POST", "/v1/namespaces/gold/properties", WRITER, "{\"removals\": [\"exists\"]}"));
    }

    @Test
    void aDottedNamespaceInAPathIs400() throws Exception {
        assertError(400, "BadRequestException", send("GET", "/v1/namespaces/a.b", READER, null));
    }

    @Test
    void withoutATokenNothingIsServedButHealth() throws Exception {
        for (String token : new String[] {null, "", "wrong-token-of-24-charss"}) {
            HttpResponse<String> refused = send("GET", "/v1/config", token, null);
            assertError(401, "NotAuthorizedException", refused);
            assertEquals("Bearer", refused.headers().firstValue("WWW-Authenticate").orElseThrow());
        }
        assertEquals(200, send("GET", "/healthz", null, null).statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/namespaces",
        "DELETE, /v1/namespaces/gold",
        "POST, /v1/namespaces/gold/properties",
        "POST, /v1/namespaces/gold/tables",
        "POST, /v1/namespaces/gold/tables/t",
        "DELETE, /v1/namespaces/gold/tables/t?purgeRequested=true",
        "POST, /v1/tables/rename",
        "POST, /v1/namespaces/gold/register",
        "POST, /v1/namespaces/gold/views",
        "DELETE, /v1/namespaces/gold/views/v",
    })
    void aReaderChangesNothing(String method, String path) throws Exception {
        assertError(403, "ForbiddenException", send(method, path, READER, "{}"));
    }

    @Test
    void aRefusedRequestWhoseBodyComesLateLeavesTheConnectionUsable() throws Exception {
        String head = "POST /v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nAuthorization: Bearer " + READER + "\r\n\r\n";
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            BufferedReader answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (int i = 0; i < 2; i++) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                Thread.sleep(100);
                socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));

                assertEquals("HTTP/1.1 403 Forbidden", answers.readLine());
                int length = 0;
                for (String line = answers.readLine(); !line.isEmpty(); line = answers.readLine()) {
                    length = line.startsWith("Content-Length: ") ? Integer.parseInt(line.substring(16)) : length;
                }
                assertEquals(length, answers.skip(length));
            }
        }
    }

    @Test
    void configNamesTheEndpointsAndNothingOfTheStore() throws Exception {
        JsonNode config = json.readTree(send("GET", "/v1/config?warehouse=x", READER, null).body());

        assertEquals("{}", config.get("defaults").toString());
        assertEquals("{}", config.get("overrides").toString());
        assertTrue(config.get("endpoints").toString().contains("POST /v1/{prefix}/namespaces/{namespace}/tables/{table}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "5", "{\"namespace\": 5}", "{\"namespace\": {}}", "\u0000"})
    void aMalformedBodyIs400WithoutAStackTrace(String body) throws Exception {
        HttpResponse<String> refused = send("POST", "/v1/namespaces", WRITER, body);

        assertError(400, "BadRequestException", refused);
        assertFalse(refused.body().contains("\\tat "), refused.body());
    }

    @Test
    void listsComeInPagesAndAPageThatCannotBeIs400() throws Exception {
        for (String name : new String[] {"a", "b", "c"}) {
            assertEquals(200, send("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"" + name + "\"]}").statusCode());
        }
        JsonNode first = json.readTree(send("GET", "/v1/namespaces?pageSize=2", READER, null).body());
        String next = first.get("next-page-token").asText();
        JsonNode second =
                json.readTree(send("GET", "/v1/namespaces?pageSize=2&pageToken=" + next, READER, null).body());

        assertEquals(2, first.get("namespaces").size());
        assertEquals(1, second.get("namespaces").size());
        for (String page : new String[] {"pageSize=0", "pageSize=-1", "pageSize=x", "pageSize=5&pageToken=-9"}) {
            assertError(400, "BadRequestException", send("GET", "/v1/namespaces?" + page, READER, null));
        }
    }

    @Test
    void aMalformedTableOrCommitIs400() throws Exception {
        createTable();
        for (String body : new String[] {"{\"name\": \"u\"}", "{\"name\": \"u\", \"schema\": 5}"}) {
            assertEquals(400, send("POST", "/v1/namespaces/gold/tables", WRITER, body).statusCode(), body);
        }
        for (String body : new String[] {"[]", "5", "true", "\"text\""}) {
            assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, body));
        }
        String unknownUpdate = "{\"requirements\": [], \"updates\": [{\"action\": \"no-such\"}]}";
        assertEquals(400, send("POST", "/v1/namespaces/gold/tables/t", WRITER, unknownUpdate).statusCode());
    }

    @Test
    void aBodyAbove32MiBIs413() throws Exception {
        HttpResponse<String> refused = send("POST", "/v1/namespaces", WRITER, " ".repeat((32 << 20) + 1));

        assertError(413, "PayloadTooLargeException", refused);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///tmp/t",
                "s3://other/warehouse/t",
                "s3://lakehouse/warehouse2/t",
                "s3://lakehouse/warehouse/../landing",
                "s3a://lakehouse/warehouse/t",
                "s3://lakehouse/warehouse/t?u",
                "s3://lakehouse/warehouse/t#u"
            })
    void aLocationThatIsNotOneOfTheWarehouseIs400WhereverItIsSaid(String location) throws Exception {
        createTable();
        String create = TABLE.replace("\"name\": \"t\"", "\"name\": \"u\", \"location\": \"" + location + "\"");
        String createWithPath = TABLE.replace(
                "\"name\": \"t\"", "\"name\": \"u\", \"properties\": {\"write.data.path\": \"" + location + "\"}");
        String move = "{\"requirements\": [], \"updates\": [{\"action\": \"set-location\", \"location\": \"" + location + "\"}]}";
        String setPath = "{\"requirements\": [], \"updates\": [{\"action\": \"set-properties\","
                + " \"updates\": {\"write.metadata.path\": \"" + location + "\"}}]}";
        String register = "{\"name\": \"u\", \"metadata-location\": \"" + location + "\"}";
        String namespace = "{\"namespace\": [\"n\"], \"properties\": {\"location\": \"" + location + "\"}}";

        assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables", WRITER, create));
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables", WRITER, createWithPath));
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, move));
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, setPath));
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces/gold/register", WRITER, register));
        assertError(400, "BadRequestException", send("POST", "/v1/namespaces", WRITER, namespace));
    }

    @Test
    void aLocationInsideTheWarehouseIsTaken() throws Exception {
        createTable();
        String create = TABLE.replace(
                "\"name\": \"t\"", "\"name\": \"u\", \"location\": \"s3://lakehouse/warehouse/elsewhere/u\"");

        assertEquals(200, send("POST", "/v1/namespaces/gold/tables", WRITER, create).statusCode());
    }

    @Test
    void aConflictIs409() throws Exception {
        createTable();
        String stale = "{\"requirements\": [{\"type\": \"assert-ref-snapshot-id\", \"ref\": \"main\", \"snapshot-id\": 7}],"
                + " \"updates\": []}";

        assertError(409, "AlreadyExistsException", send("POST", "/v1/namespaces/gold/tables", WRITER, TABLE));
        assertError(409, "CommitFailedException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, stale));
        assertError(409, "NamespaceNotEmptyException", send("DELETE", "/v1/namespaces/gold", WRITER, null));
    }

    @Test
    void aDatabaseThatBreaksIs503ForAReadAndUnknownForACommit() throws Exception {
        createTable();
        catalog.failure = new UncheckedSQLException(new SQLException("reply lost", "08006"), "Unknown failure");

        assertError(503, "ServiceUnavailableException", send("GET", "/v1/namespaces/gold/tables/t", READER, null));
        assertError(500, "CommitStateUnknownException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, NO_UPDATES));
    }

    @Test
    void theRouteForTransactionsAndTokensIsMissing() throws Exception {
        assertError(404, "NotFoundException", send("POST", "/v1/transactions/commit", WRITER, "{}"));
        assertError(404, "NotFoundException", send("POST", "/v1/oauth/tokens", WRITER, "{}"));
    }

    @Test
    void aStoreThatHangsTurnsItsOwnRequestsAwayWith503AndNoOthers() throws Exception {
        createTable();
        CompletableFuture<HttpResponse<String>> hung = hangALoad();

        HttpResponse<String> load = send("GET", "/v1/namespaces/gold/tables/t", READER, null); // waits its second
        HttpResponse<String> commit = send("POST", "/v1/namespaces/gold/tables/t", WRITER, NO_UPDATES);

        for (HttpResponse<String> refused : List.of(load, commit)) {
            assertError(503, "ServiceUnavailableException", refused);
            assertEquals("1", refused.headers().firstValue("Retry-After").orElseThrow());
        }
        assertEquals(200, send("GET", "/healthz", null, null).statusCode());
        assertEquals(200, send("GET", "/v1/config", READER, null).statusCode());
        assertEquals(200, send("GET", "/v1/namespaces/gold/tables", READER, null).statusCode());
        assertEquals(401, send("GET", "/v1/namespaces/gold/tables/t", null, null).statusCode());

        catalog.hang.countDown();
        assertEquals(200, hung.get(5, TimeUnit.SECONDS).statusCode());
        assertEquals(200, send("GET", "/v1/namespaces/gold/tables/t", READER, null).statusCode());
    }

    @Test
    void aDatabaseThatHangsLeavesHealthAndConfig() throws Exception {
        catalog.hang = new CountDownLatch(1);
        catalog.hanging = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> hung = sendLater(server.port(), "/v1/namespaces");
        assertTrue(catalog.hanging.await(5, TimeUnit.SECONDS));

        assertError(503, "ServiceUnavailableException", send("GET", "/v1/namespaces", READER, null));
        assertEquals(200, send("GET", "/healthz", null, null).statusCode());
        assertEquals(200, send("GET", "/v1/config", READER, null).statusCode());

        catalog.hang.countDown();
        assertEquals(200, hung.get(5, TimeUnit.SECONDS).statusCode());
    }

    @Test
    void aRequestThatFindsNoRoomToWaitIs503AtOnce() throws Exception {
        createTable();
        CompletableFuture<HttpResponse<String>> hung = hangALoad();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            waiting.add(sendLater(server.port(), "/v1/namespaces/gold/tables/t"));
        }
        Thread.sleep(200); // until both wait

        HttpResponse<String> refused = send("GET", "/v1/namespaces/gold/tables/t", READER, null);

        assertFalse(waiting.get(0).isDone());
        assertError(503, "ServiceUnavailableException", refused);
        assertEquals("1", refused.headers().firstValue("Retry-After").orElseThrow());
        catalog.hang.countDown();
        waiting.add(hung);
        for (CompletableFuture<HttpResponse<String>> answer : waiting) {
            assertEquals(200, answer.get(5, TimeUnit.SECONDS).statusCode());
        }
    }

    private CompletableFuture<HttpResponse<String>> hangALoad() throws InterruptedException {
        catalog.hang = new CountDownLatch(1);
        catalog.hanging = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> hung = sendLater(server.port(), "/v1/namespaces/gold/tables/t");
        assertTrue(catalog.hanging.await(5, TimeUnit.SECONDS));
        return hung;
    }

    @Test
    void aBodyThatEndsEarlyOrIsNotChunkedAsSaidIs400() throws Exception {
        String head = "POST /v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + WRITER + "\r\n";
        for (String rest : new String[] {
            "Content-Length: 50\r\n\r\n{\"namespace\"", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
        }) {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getOutputStream().write((head + rest).getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                BufferedReader answer =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));

                assertEquals("HTTP/1.1 400 Bad Request", answer.readLine(), rest);
            }
        }
    }

    @Test
    void aRequestUnderWayIsAnsweredBeforeTheServerStops() throws Exception {
        createTable();
        catalog.hang = new CountDownLatch(1);
        catalog.hanging = new CountDownLatch(1);
        HttpServer second = serverOnFreePort();
        CompletableFuture<HttpResponse<String>> answer =
                sendLater(second.port(), "/v1/namespaces/gold/tables/t");
        assertTrue(catalog.hanging.await(5, TimeUnit.SECONDS));

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                second.stop();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Thread.sleep(2_000); // longer than Jetty lets idle connections live while it stops
        catalog.hang.countDown();

        assertEquals(200, answer.get(5, TimeUnit.SECONDS).statusCode());
        stopped.get(5, TimeUnit.SECONDS);
    }

    private void createTable() throws Exception {
        assertEquals(200, send("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"gold\"]}").statusCode());
        assertEquals(200, send("POST", "/v1/namespaces/gold/tables", WRITER, TABLE).statusCode());
    }

    private void assertError(int status, String type, HttpResponse<String> response) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = json.readTree(response.body()).get("error");
        assertEquals(type, error.get("type").asText());
        assertEquals(status, error.get("code").asInt());
    }

    private HttpResponse<String> send(String method, String path, String token, String body) throws Exception {
        return client.send(request(method, path, token, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> sendLater(int port, String path) {
        return client.sendAsync(request(port, "GET", path, READER, null).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, String token, String body) {
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

    private static final class BreakableCatalog extends InMemoryCatalog {
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
