package lakehouse.catalog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers {@code /healthz} without a token and without holding a thread; passes everything else on. */
final class HealthHandler extends Handler.Wrapper {
    private final HealthProbe probe;

    HealthHandler(HealthProbe probe, Handler next) {
        super(next);
        this.probe = probe;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!"/healthz".equals(request.getHttpURI().getPath())) {
            return super.handle(request, response, callback);
        }
        probe.healthy().thenAccept(healthy -> write(healthy, response, callback));
        return true;
    }

    private static void write(boolean healthy, Response response, Callback callback) {
        String json = healthy ? "{\"status\":\"ok\"}" : "{\"status\":\"database unavailable\"}";
        response.setStatus(healthy ? 200 : 503);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), callback);
    }
}
