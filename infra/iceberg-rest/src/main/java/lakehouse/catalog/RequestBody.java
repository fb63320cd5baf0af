package lakehouse.catalog;

import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** The body of a request, read whole; or a refusal, after which the connection is closed. */
final class RequestBody {
    private static final int MAX_BYTES = 32 << 20;

    private RequestBody() {}

    static byte[] read(Request request, Response response) {
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] bytes = request.getLength() > MAX_BYTES ? null : in.readNBytes(MAX_BYTES + 1);
            if (bytes != null && bytes.length <= MAX_BYTES) {
                return bytes;
            }
            discardRest(in);
        } catch (IOException | RuntimeException e) { // Jetty's own, for a malformed chunk, is a RuntimeException
            closeAfterwards(response);
            throw Refusal.badRequest("The body is malformed or ended early");
        }
        closeAfterwards(response);
        throw new Refusal(413, "PayloadTooLargeException", "The body is larger than 32 MiB");
    }

    static void closeAfterwards(Response response) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }

    /** A client that is still sending when the connection is closed never sees the answer; this much is waited for. */
    private static void discardRest(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = 2L * MAX_BYTES;
        for (int read = 0; read >= 0 && left > 0; left -= read) {
            read = in.read(buffer);
        }
    }
}
