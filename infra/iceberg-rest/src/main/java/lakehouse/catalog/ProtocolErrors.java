package lakehouse.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.ByteBuffer;
import org.apache.iceberg.rest.RestBridge;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Gives the protocol's error body also to what Jetty refuses by itself: a malformed request line, a request that found
 * no room to wait (503), one that arrived while the server stops (503). None of these reached the catalog.
 */
final class ProtocolErrors implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String type = status == HttpStatus.SERVICE_UNAVAILABLE_503 ? "ServiceUnavailableException" : "HttpException";
        write(ErrorMapping.response(status, type, HttpStatus.getMessage(status)), request, response, callback);
        return true;
    }

    /** Answers with an error; HEAD has no body, and 503 says when to come again. */
    static void write(ErrorResponse error, Request request, Response response, Callback callback) {
        response.setStatus(error.code());
        if (error.code() == HttpStatus.SERVICE_UNAVAILABLE_503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        if (request.getMethod().equals("HEAD")) {
            response.write(true, null, callback);
            return;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(json(error)), callback);
    }

    private static byte[] json(ErrorResponse error) {
        try {
            return RestBridge.mapper().writeValueAsBytes(error);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // three plain fields
        }
    }
}
