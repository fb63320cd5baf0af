package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, places and bodies that are refused, over real HTTP and in the protocol's words. */
class RefusalTest extends ServedCatalog {
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

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "5", "{\"namespace\": 5}", "{\"namespace\": {}}", "\u0000"})
    void aMalformedBodyIs400WithoutAStackTrace(String body) throws Exception {
        HttpResponse<String> refused = send("POST", "/v1/namespaces", WRITER, body);

        assertError(400, "BadRequestException", refused);
        assertFalse(refused.body().contains("\\tat "), refused.body());
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
}
