package lakehouse.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.RESTResponse;
import org.apache.iceberg.rest.RestBridge;
import org.apache.iceberg.rest.responses.CreateNamespaceResponse;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.rest.responses.UpdateNamespacePropertiesResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls that change something. One with an {@code Idempotency-Key} that was here before gets the outcome of
 * that time: success and every 4xx, not 5xx, because after these the client must be able to try again.
 */
final class Changes {
    /** The answer, and whether this call is the one that made the change. */
    record Result(Dispatcher.Reply reply, boolean repeated) {}

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
    private static final int SERVER_ERRORS = 500;
    private static final String UUID_V7 = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}";

    private final Dispatcher dispatcher;
    private final LakehouseCatalog catalog;
    private final IdempotencyKeys keys;

    Changes(Dispatcher dispatcher, LakehouseCatalog catalog, IdempotencyKeys keys) {
        this.dispatcher = dispatcher;
        this.catalog = catalog;
        this.keys = keys;
    }

    /** Reads the header; throws a {@link Refusal} (400) if it is not of the form that the protocol wants. */
    static UUID keyOf(String header) {
        if (!header.matches(UUID_V7)) {
            throw Refusal.badRequest("Idempotency-Key must be a UUID of version 7");
        }
        return UUID.fromString(header);
    }

    /** Runs a call; without a key each time that it comes. */
    Result run(Dispatcher.Call call, IdempotencyKeys.Key key) {
        if (key == null || call.isStaged()) { // a staged table is nothing in the catalog yet
            return new Result(inChange(call, change -> {}), false);
        }
        Optional<Result> earlier = earlier(call, key);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        try {
            return new Result(runAndKeep(call, key), false);
        } catch (RuntimeException failure) {
            return afterFailure(call, key, failure);
        }
    }

    private Dispatcher.Reply runAndKeep(Dispatcher.Call call, IdempotencyKeys.Key key) {
        boolean[] kept = {false};
        Dispatcher.Reply reply = inChange(call, change -> change.finishWith((connection, result) -> {
            kept[0] = true;
            keys.keep(connection, key, IdempotencyKeys.Outcome.DONE, namespaceJson(result), call.subject());
        }));
        if (!kept[0]) { // nothing was written: a commit without changes
            keep(key, IdempotencyKeys.Outcome.DONE, namespaceJson(reply), call.subject());
        }
        return reply;
    }

    private Dispatcher.Reply inChange(Dispatcher.Call call, Consumer<Change> preparation) {
        Change change = Change.begin();
        try {
            preparation.accept(change);
            return dispatcher.run(call);
        } finally {
            change.end();
        }
    }

    private Result afterFailure(Dispatcher.Call call, IdempotencyKeys.Key key, RuntimeException failure) {
        try {
            Optional<Result> faster = earlier(call, key); // of another request with this key, at the same time
            if (faster.isPresent()) {
                return faster.get();
            }
            ErrorResponse error = ErrorMapping.toResponse(failure, true);
            if (error.code() < SERVER_ERRORS) {
                keep(key, error.code(), json(error), null);
            }
        } catch (IdempotencyKeys.TakenException e) {
            return earlier(call, key).orElseThrow(() -> failure);
        } catch (UncheckedSQLException | UncheckedInterruptedException e) {
            LOG.warn("The outcome of {} is not kept: {}", call.subjectName(), e.getMessage());
        }
        throw failure;
    }

    private void keep(IdempotencyKeys.Key key, int status, String json, TableIdentifier subject) {
        catalog.onDatabase(connection -> {
            keys.keep(connection, key, status, json, subject);
            return null;
        });
    }

    private Optional<Result> earlier(Dispatcher.Call call, IdempotencyKeys.Key key) {
        return catalog.onDatabase(connection -> keys.find(connection, key))
                .map(outcome -> new Result(repeat(call, outcome), true));
    }

    private Dispatcher.Reply repeat(Dispatcher.Call call, IdempotencyKeys.Outcome outcome) {
        if (!outcome.done()) {
            ErrorResponse error = parse(outcome.json(), ErrorResponse.class);
            throw new Refusal(error.code(), error.type(), error.message());
        }
        return switch (call.route()) {
            case CREATE_NAMESPACE -> Dispatcher.Reply.of(parse(outcome.json(), CreateNamespaceResponse.class));
            case UPDATE_NAMESPACE -> Dispatcher.Reply.of(parse(outcome.json(), UpdateNamespacePropertiesResponse.class));
            case CREATE_TABLE, REGISTER_TABLE, UPDATE_TABLE -> Dispatcher.Reply.of(table(call.subject(), outcome));
            case CREATE_VIEW, REGISTER_VIEW, UPDATE_VIEW -> Dispatcher.Reply.of(CatalogHandlers.loadView(catalog, call.subject()));
            default -> Dispatcher.Reply.EMPTY;
        };
    }

    /** The table as that commit left it; as it is now, which the protocol allows, if that metadata file is gone. */
    private RESTResponse table(TableIdentifier table, IdempotencyKeys.Outcome outcome) {
        try {
            return LoadTableResponse.builder()
                    .withTableMetadata(TableMetadataParser.read(catalog.io(), outcome.metadataLocation()))
                    .build();
        } catch (NotFoundException e) {
            return CatalogHandlers.loadTable(catalog, table, SnapshotMode.ALL);
        }
    }

    /** The body of an answer that is about a namespace; null for others, and for the number of rows of a statement. */
    private static String namespaceJson(Object result) {
        RESTResponse body = result instanceof Dispatcher.Reply reply ? reply.body() : null;
        boolean isNamespace = body instanceof CreateNamespaceResponse || body instanceof UpdateNamespacePropertiesResponse;
        return isNamespace ? json(body) : null;
    }

    private static String json(Object value) {
        try {
            return RestBridge.mapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            return RestBridge.mapper().readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
