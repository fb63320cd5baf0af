package lakehouse.catalog;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for every request, also for those that Jetty refuses: role, method, raw path, status, milliseconds. */
final class AccessLog implements RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger("access");

    @Override
    public void log(Request request, Response response) {
        AccessTokens.Role role = TokenCheck.roleOf(request);
        LOG.info(
                "{} {} {} {} {}ms",
                role == null ? "-" : role.toString().toLowerCase(java.util.Locale.ROOT),
                request.getMethod(),
                request.getHttpURI().getPath(), // without the query, still encoded: no line break can get in
                response.getStatus(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - request.getHeadersNanoTime()));
    }
}
