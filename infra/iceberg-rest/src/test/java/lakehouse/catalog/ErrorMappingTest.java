package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.sql.SQLException;
import java.util.stream.Stream;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorMappingTest {
    private static final boolean READ = false;
    private static final boolean MUTATION = true;

    static Stream<Arguments> certainRefusals() {
        return Stream.of(
                Arguments.of(new NoSuchNamespaceException("x"), 404),
                Arguments.of(new NoSuchTableException("x"), 404),
                Arguments.of(new NoSuchViewException("x"), 404),
                Arguments.of(new AlreadyExistsException("x"), 409),
                Arguments.of(new CommitFailedException("x"), 409),
                Arguments.of(new NamespaceNotEmptyException("x"), 409),
                Arguments.of(new IllegalArgumentException("x"), 400),
                Arguments.of(new ValidationException("x"), 400),
                Arguments.of(new UnsupportedOperationException("x"), 406));
    }

    @ParameterizedTest
    @MethodSource("certainRefusals")
    void aCertainRefusalKeepsItsNameAndIsTheSameForReadsAndMutations(Exception failure, int status) {
        for (boolean mutation : new boolean[] {READ, MUTATION}) {
            ErrorResponse error = ErrorMapping.toResponse(failure, mutation);

            assertEquals(status, error.code());
            assertEquals(failure.getClass().getSimpleName(), error.type());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"08000", "08003", "08006", "08007", "40001", "57P01", "XX000"})
    void aBrokenConnectionUnderACommitIs500UnknownNever409Or503(String sqlState) {
        ErrorResponse error = ErrorMapping.toResponse(databaseFailure(sqlState), MUTATION);

        assertEquals(500, error.code());
        assertEquals("CommitStateUnknownException", error.type());
    }

    @Test
    void anyUnclearFailureOfAMutationIs500Unknown() {
        for (Throwable failure : new Throwable[] {
            new CommitStateUnknownException(new RuntimeException("x")),
            new NullPointerException(),
            new StackOverflowError(),
            new NotFoundException("metadata file"),
            databaseFailure(null),
        }) {
            ErrorResponse error = ErrorMapping.toResponse(failure, MUTATION);

            assertEquals(500, error.code(), failure.toString());
            assertEquals("CommitStateUnknownException", error.type());
        }
    }

    @Test
    void aReadWithoutDatabaseIs503BecauseRepeatingItIsSafe() {
        assertEquals(503, ErrorMapping.toResponse(databaseFailure("08006"), READ).code());
    }

    @Test
    void aMissingMetadataFileIs500SoThatItDoesNotLookLikeAMissingTable() {
        assertEquals(500, ErrorMapping.toResponse(new NotFoundException("s3://x/y.json"), READ).code());
    }

    @Test
    void aValueTooLongForTheDatabaseIs400AndATakenKeyIs409() {
        assertEquals(400, ErrorMapping.toResponse(databaseFailure("22001"), MUTATION).code());
        assertEquals(409, ErrorMapping.toResponse(databaseFailure("23505"), MUTATION).code());
    }

    @Test
    void aServerErrorTellsClientsNeitherMessageNorStack() {
        ErrorResponse error = ErrorMapping.toResponse(new IllegalStateException("secret place"), READ);

        assertEquals(500, error.code());
        assertFalse(error.message().contains("secret place"));
        assertEquals(null, error.stack());
    }

    private static UncheckedSQLException databaseFailure(String sqlState) {
        return new UncheckedSQLException(new SQLException("broken", sqlState), "Unknown failure");
    }
}
