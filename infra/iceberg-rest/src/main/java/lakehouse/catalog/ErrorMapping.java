package lakehouse.catalog;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.rest.responses.ErrorResponse;

/**
 * From a failure to the protocol's answer. Three statuses decide what a client does with the files it has written:
 *
 * <ul>
 *   <li>409: the commit did not happen; the client deletes its files or tries again on the new state.
 *   <li>500 with type CommitStateUnknownException: it may have happened; the client must keep its files.
 *   <li>503: nothing was begun; Java clients repeat the request without asking anybody.
 * </ul>
 *
 * So a mutation that failed is 4xx only when it was certainly refused, and is never 503; everything unclear is 500.
 */
final class ErrorMapping {
    private ErrorMapping() {}

    static ErrorResponse toResponse(Throwable failure, boolean mutation) {
        return refused(failure).orElseGet(() -> mutation ? outcomeUnknown() : readFailed(failure));
    }

    /** Whether a mutation that failed so may have been made. */
    static boolean isUnclear(Throwable failure) {
        return refused(failure).isEmpty();
    }

    static ErrorResponse response(int status, String type, String message) {
        return ErrorResponse.builder().responseCode(status).withType(type).withMessage(message).build();
    }

    /** The answer, if the failure proves that nothing was changed. */
    private static Optional<ErrorResponse> refused(Throwable failure) {
        if (failure instanceof Refusal refusal) {
            return Optional.of(response(refusal.status(), refusal.type(), refusal.getMessage()));
        }
        Optional<Integer> status = statusOf(failure);
        if (status.isPresent()) {
            String type = failure.getClass().getSimpleName();
            return Optional.of(response(status.get(), type, String.valueOf(failure.getMessage())));
        }
        return causes(failure)
                .filter(SQLException.class::isInstance)
                .map(cause -> ((SQLException) cause).getSQLState())
                .filter(Objects::nonNull) // a driver need not give one
                .findFirst()
                .flatMap(ErrorMapping::refusedByDatabase);
    }

    private static Optional<Integer> statusOf(Throwable failure) {
        // NotFoundException is not among them: a metadata file that is missing must not look like a table that is
        // missing, because clients answer that by creating the table again.
        if (failure instanceof NoSuchNamespaceException
                || failure instanceof NoSuchTableException
                || failure instanceof NoSuchViewException) {
            return Optional.of(404);
        }
        if (failure instanceof AlreadyExistsException
                || failure instanceof CommitFailedException
                || failure instanceof NamespaceNotEmptyException) {
            return Optional.of(409);
        }
        if (failure instanceof IllegalArgumentException || failure instanceof ValidationException) {
            return Optional.of(400);
        }
        return failure instanceof UnsupportedOperationException ? Optional.of(406) : Optional.empty();
    }

    /** The database answered, and its answer was no: class 22 is bad data (too long, a NUL), 23 a key that exists. */
    private static Optional<ErrorResponse> refusedByDatabase(String sqlState) {
        if (sqlState.startsWith("22")) {
            return Optional.of(response(400, "BadRequestException", "A name or value is too long for the catalog, or has a character it cannot keep"));
        }
        if (sqlState.startsWith("23")) {
            return Optional.of(response(409, "AlreadyExistsException", "Already exists"));
        }
        return Optional.empty();
    }

    private static ErrorResponse outcomeUnknown() {
        return response(
                500,
                CommitStateUnknownException.class.getSimpleName(),
                "Whether the change was applied is not known; load it again before repeating. See the server's log");
    }

    private static ErrorResponse readFailed(Throwable failure) {
        if (causes(failure).anyMatch(SQLException.class::isInstance)) {
            return response(503, "ServiceUnavailableException", "The catalog's database is not available");
        }
        // No message and no stack: they name paths, hosts and SQL.
        return response(500, "InternalServerError", failure.getClass().getSimpleName() + "; see the server's log");
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause).limit(50);
    }
}
