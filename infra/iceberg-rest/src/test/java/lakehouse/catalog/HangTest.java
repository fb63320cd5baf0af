package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A store or a database that does not answer: what goes on, what is turned away, what is waited for. */
class HangTest extends ServedCatalog {
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
        assertEquals(200, send("GET", "/v1/config", READER, null).statusCode());
        assertEquals(200, send("GET", "/v1/namespaces/gold/tables", READER, null).statusCode());
        assertEquals(401, send("GET", "/v1/namespaces/gold/tables/t", null, null).statusCode());

        catalog.hang.countDown();
        assertEquals(200, hung.get(5, TimeUnit.SECONDS).statusCode());
        assertEquals(200, send("GET", "/v1/namespaces/gold/tables/t", READER, null).statusCode());
    }

    @Test
    void aDatabaseThatHangsLeavesConfig() throws Exception {
        catalog.hang = new CountDownLatch(1);
        catalog.hanging = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> hung = sendLater(server.port(), "/v1/namespaces");
        assertTrue(catalog.hanging.await(5, TimeUnit.SECONDS));

        assertError(503, "ServiceUnavailableException", send("GET", "/v1/namespaces", READER, null));
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
}
