package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server over real HTTP: routes, tokens, answers. */
class HttpServerTest extends ServedCatalog {
    @Test
    void aTableIsCreatedLoadedAndDropped() throws Exception {
        createTable();

        HttpResponse<String> loaded = send("GET", "/v1/namespaces/gold/tables/t", READER, null);
        assertEquals(200, loaded.statusCode());
        assertEquals("application/json", loaded.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(204, send("HEAD", "/v1/namespaces/gold/tables/t", READER, null).statusCode());
        assertEquals(204, send("DELETE", "/v1/namespaces/gold/tables/t", MAINTENANCE, null).statusCode());
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

    @Test
    void withoutATokenNothingIsServed() throws Exception {
        for (String token : new String[] {null, "", "wrong-token-of-24-charss"}) {
            HttpResponse<String> refused = send("GET", "/v1/config", token, null);
            assertError(401, "NotAuthorizedException", refused);
            assertEquals("Bearer", refused.headers().firstValue("WWW-Authenticate").orElseThrow());
        }
        assertEquals(401, send("GET", "/healthz", null, null).statusCode());
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
        JsonNode config = json.readTree(send("GET", "/v1/config?warehouse=s3%3A%2F%2Flakehouse%2Fwarehouse%2F", READER, null).body());

        assertEquals("{}", config.get("defaults").toString());
        assertEquals("{}", config.get("overrides").toString());
        assertEquals("PT1H", config.get("idempotency-key-lifetime").asText());
        assertTrue(config.get("endpoints").toString().contains("POST /v1/{prefix}/namespaces/{namespace}/tables/{table}"));
    }

    @Test
    void anotherWarehouseThanOursIs400() throws Exception {
        for (String warehouse : new String[] {"x", "iceberg", "s3%3A%2F%2Flakehouse%2Fwarehouse2", "s3%3A%2F%2Flakehouse"}) {
            assertError(400, "BadRequestException", send("GET", "/v1/config?warehouse=" + warehouse, READER, null));
        }
        assertEquals(200, send("GET", "/v1/config", READER, null).statusCode());
    }

    @Test
    void aListIsSortedAndAPageTellsWhatComesAfterItsLastNameWhateverCameBefore() throws Exception {
        createTable();
        for (String name : new String[] {"m", "z", "b", "ü d"}) {
            send("POST", "/v1/namespaces/gold/tables", WRITER, TABLE.replace("\"name\": \"t\"", "\"name\": \"" + name + "\""));
        }
        String tables = "/v1/namespaces/gold/tables";
        JsonNode first = json.readTree(send("GET", tables + "?pageSize=2", READER, null).body());
        send("POST", tables, WRITER, TABLE.replace("\"name\": \"t\"", "\"name\": \"a\""));
        assertEquals(204, send("DELETE", tables + "/m", MAINTENANCE, null).statusCode());
        String next = tables + "?pageSize=9&pageToken=" + first.get("next-page-token").asText();
        JsonNode second = json.readTree(send("GET", next, READER, null).body());

        assertEquals(List.of("b", "m"), first.get("identifiers").findValuesAsText("name"));
        assertEquals(List.of("t", "z", "ü d"), second.get("identifiers").findValuesAsText("name"));
        assertTrue(second.get("next-page-token").isNull());
        JsonNode whole = json.readTree(send("GET", tables, READER, null).body());
        assertEquals(List.of("a", "b", "t", "z", "ü d"), whole.get("identifiers").findValuesAsText("name"));
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE, /v1/namespaces/gold",
        "DELETE, /v1/namespaces/gold/tables/t",
        "DELETE, /v1/namespaces/gold/tables/t?purgeRequested=true",
        "DELETE, /v1/namespaces/gold/tables/Stg_t",
        "DELETE, /v1/namespaces/gold/tables/%73tgt",
        "DELETE, /v1/namespaces/stg_gold/tables/t",
        "DELETE, /v1/namespaces/gold/views/v",
    })
    void aWriterRemovesNothingButStaging(String method, String path) throws Exception {
        createTable();

        assertError(403, "ForbiddenException", send(method, path, WRITER, null));
        assertEquals(204, send("HEAD", "/v1/namespaces/gold/tables/t", READER, null).statusCode());
    }

    @Test
    void aWriterDropsStagingAndCannotMakeStagingOfAnotherTable() throws Exception {
        createTable();
        String stage = TABLE.replace("\"name\": \"t\"", "\"name\": \"stg_t\"");
        String rename = "{\"source\": {\"namespace\": [\"gold\"], \"name\": \"%s\"},"
                + " \"destination\": {\"namespace\": [\"gold\"], \"name\": \"%s\"}}";

        for (String route : new String[] {"/v1/tables/rename", "/v1/views/rename"}) {
            assertError(403, "ForbiddenException", send("POST", route, WRITER, rename.formatted("t", "stg_t")));
        }
        assertEquals(200, send("POST", "/v1/namespaces/gold/tables", WRITER, stage).statusCode());
        assertEquals(204, send("POST", "/v1/tables/rename", WRITER, rename.formatted("stg_t", "stg_u")).statusCode());
        assertEquals(204, send("DELETE", "/v1/namespaces/gold/tables/stg_u?purgeRequested=true", WRITER, null).statusCode());
    }

    @Test
    void maintenanceDropsAnythingAndWritesToo() throws Exception {
        createTable();

        assertEquals(200, send("POST", "/v1/namespaces/gold/tables/t", MAINTENANCE, NO_UPDATES).statusCode());
        assertEquals(204, send("DELETE", "/v1/namespaces/gold/tables/t?purgeRequested=true", MAINTENANCE, null).statusCode());
        assertEquals(204, send("DELETE", "/v1/namespaces/gold", MAINTENANCE, null).statusCode());
    }

    @Test
    void aKeyThatIsNoUuidOfVersion7Is400() throws Exception {
        for (String key : new String[] {"", "x", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f"}) {
            HttpRequest create = request("POST", "/v1/namespaces", WRITER, "{\"namespace\": [\"n\"]}")
                    .header("Idempotency-Key", key)
                    .build();
            assertError(400, "BadRequestException", client.send(create, HttpResponse.BodyHandlers.ofString()));
        }
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
    void aConflictIs409() throws Exception {
        createTable();
        String stale = "{\"requirements\": [{\"type\": \"assert-ref-snapshot-id\", \"ref\": \"main\", \"snapshot-id\": 7}],"
                + " \"updates\": []}";

        assertError(409, "AlreadyExistsException", send("POST", "/v1/namespaces/gold/tables", WRITER, TABLE));
        assertError(409, "CommitFailedException", send("POST", "/v1/namespaces/gold/tables/t", WRITER, stale));
        assertError(409, "NamespaceNotEmptyException", send("DELETE", "/v1/namespaces/gold", MAINTENANCE, null));
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
}
