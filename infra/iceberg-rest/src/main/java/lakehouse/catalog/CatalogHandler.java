package lakehouse.catalog;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.RestBridge;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP request of the catalog protocol: for what, with which body, and whether its role may; then the answer as JSON. */
final class CatalogHandler extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogHandler.class);
    private static final int MAX_INDENT = 64;
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    /** How calls that change something are run. */
    interface Runner {
        Changes.Result run(Dispatcher.Call call, IdempotencyKeys.Key key);
    }

    private final RequestRules rules;
    private final Dispatcher dispatcher;
    private final Runner changes;

    CatalogHandler(RequestRules rules, Dispatcher dispatcher, Runner changes) {
        this.rules = rules;
        this.dispatcher = dispatcher;
        this.changes = changes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        // Until a route is known, nothing can have changed.
        boolean[] mutation = {false};
        try {
            // Read whole before anything is refused: Jetty closes a connection whose body is left over, and a client
            // that is still sending, or that sends its next request, would see that instead of the answer.
            byte[] body = RequestBody.read(request, response);
            Route.Match match = match(request);
            AccessTokens.Role role = TokenCheck.roleOf(request);
            Permissions.check(role, match.route());
            Dispatcher.Call call = read(request, match, body);
            Permissions.check(role, call);
            IdempotencyKeys.Key key = match.route().mutates() ? key(request, body) : null;
            mutation[0] = match.route().mutates();
            answer(mutation[0] ? change(role, call, key) : dispatcher.run(call), response, callback);
        } catch (Throwable failure) { // also errors: an unanswered commit would be worse than a 500
            fail(request, failure, mutation[0], response, callback);
        }
        return true;
    }

    private Dispatcher.Reply change(AccessTokens.Role role, Dispatcher.Call call, IdempotencyKeys.Key key) {
        try {
            Changes.Result result = changes.run(call, key);
            if (!result.repeated() && !call.isStaged()) {
                ChangeLog.made(role, call);
            }
            return result.reply();
        } catch (RuntimeException failure) {
            if (ErrorMapping.isUnclear(failure)) {
                ChangeLog.unknown(role, call);
            }
            throw failure;
        }
    }

    private static IdempotencyKeys.Key key(Request request, byte[] body) {
        String header = request.getHeaders().get(IDEMPOTENCY_KEY);
        if (header == null) {
            return null;
        }
        MessageDigest digest = AccessTokens.sha256();
        digest.update((request.getMethod() + " " + request.getHttpURI().getPathQuery() + "\n").getBytes(StandardCharsets.UTF_8));
        return new IdempotencyKeys.Key(Changes.keyOf(header), digest.digest(body));
    }

    private static Route.Match match(Request request) {
        String rawPath = request.getHttpURI().getPath();
        return Route.of(request.getMethod(), rawPath)
                .orElseThrow(() ->
                        new Refusal(404, "NotFoundException", "No route for " + request.getMethod() + " " + rawPath));
    }

    private Dispatcher.Call read(Request request, Route.Match match, byte[] bytes) throws IOException {
        RESTRequest body = null;
        if (match.route().bodyType().isPresent()) {
            body = parse(bytes, match.route().bodyType().get());
            rules.check(body);
        }
        String ifNoneMatch = request.getHeaders().get(HttpHeader.IF_NONE_MATCH);
        return new Dispatcher.Call(match.route(), match.variables(), query(request), body, ifNoneMatch);
    }

    private static Map<String, String> query(Request request) {
        Map<String, String> query = new HashMap<>();
        try {
            for (Fields.Field field : Request.extractQueryParameters(request)) {
                query.put(field.getName(), field.getValue());
            }
        } catch (RuntimeException e) {
            throw Refusal.badRequest("Malformed query string");
        }
        return query;
    }

    /** Iceberg's parsers answer a wrong shape with whatever breaks first, so any exception here means a bad body. */
    private static RESTRequest parse(byte[] bytes, Class<? extends RESTRequest> type) throws IOException {
        if (!isObject(bytes)) {
            throw Refusal.badRequest("The body is not a JSON object"); // a commit [] would be taken for an empty one
        }
        try {
            RESTRequest body = RestBridge.mapper().readValue(bytes, type);
            body.validate();
            return body;
        } catch (JacksonException e) {
            throw Refusal.badRequest("Malformed body: " + e.getOriginalMessage());
        } catch (RuntimeException e) {
            throw Refusal.badRequest("Malformed body: " + e.getMessage());
        }
    }

    private static boolean isObject(byte[] json) {
        return new String(json, 0, Math.min(json.length, MAX_INDENT), StandardCharsets.US_ASCII).stripLeading().startsWith("{");
    }

    private static void answer(Dispatcher.Reply reply, Response response, Callback callback) throws IOException {
        byte[] json = reply.body() == null ? null : RestBridge.mapper().writeValueAsBytes(reply.body());
        if (reply.etag() != null) {
            response.getHeaders().put(HttpHeader.ETAG, reply.etag());
        }
        int statusWithoutBody = reply.notModified() ? 304 : 204;
        response.setStatus(json == null ? statusWithoutBody : 200);
        if (json != null) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        }
        response.write(true, json == null ? null : ByteBuffer.wrap(json), callback);
    }

    private static void fail(
            Request request, Throwable failure, boolean mutation, Response response, Callback callback) {
        ErrorResponse error = ErrorMapping.toResponse(failure, mutation);
        if (error.code() >= 500) {
            LOG.error("{} {} failed", request.getMethod(), request.getHttpURI().getPath(), failure);
        }
        ProtocolErrors.write(error, request, response, callback);
    }
}
