package lakehouse.catalog;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.QoSHandler;
import org.eclipse.jetty.util.Callback;

/**
 * How many requests are worked on at once. Those that read or write the object store have a lane of their own, so that
 * a store that hangs leaves threads to the routes that only ask the database; a route that asks neither is in no lane.
 */
final class Lanes {
    private Lanes() {}

    static Handler before(Handler catalog, Settings.Load load) {
        Handler database = new Lane(Route.Needs.DATABASE, load.databaseRequests(), load, catalog);
        return new Lane(Route.Needs.STORE, load.storeRequests(), load, database);
    }

    /**
     * Requests beyond the limit wait without a thread. One that finds no room, or waits too long, is answered 503,
     * which is honest here: it was not begun, so repeating it is safe.
     */
    private static final class Lane extends QoSHandler {
        Lane(Route.Needs needs, int atWork, Settings.Load load, Handler next) {
            super(next);
            setMaxRequestCount(atWork);
            setMaxSuspendedRequestCount(load.waitingRequests());
            setMaxSuspend(load.longestWait());
            include(request -> needsOf(request) == needs);
        }

        @Override
        public boolean onConditionsMet(Request request, Response response, Callback callback) throws Exception {
            // Jetty's own answer to this has neither a body nor a Retry-After.
            if (getSuspendedRequestCount() >= getMaxSuspendedRequestCount()) {
                Response.writeError(request, response, callback, HttpStatus.SERVICE_UNAVAILABLE_503);
                return true;
            }
            return super.onConditionsMet(request, response, callback);
        }

        private static Route.Needs needsOf(Request request) {
            return Route.of(request.getMethod(), request.getHttpURI().getPath())
                    .map(match -> match.route().needs())
                    .orElse(Route.Needs.DATABASE); // it will be refused, but its body is read first
        }
    }
}
