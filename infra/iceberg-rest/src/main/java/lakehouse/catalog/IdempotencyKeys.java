package lakehouse.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * What became of requests that carried an {@code Idempotency-Key}, in the catalog's database: written by the transaction
 * of the change itself, so that a key is there exactly if its change is.
 */
final class IdempotencyKeys {
    /** A key of a client: its identity, and a hash of the request, which must be the same whenever the key is. */
    record Key(UUID id, byte[] request) {}

    /** Status; for a table or view the metadata file that it had then; for other answers their JSON. */
    record Outcome(int status, String metadataLocation, String json) {
        static final int DONE = 200;

        boolean done() {
            return status == DONE;
        }
    }

    /** Another request with the same key was faster. */
    static final class TakenException extends RuntimeException {
        TakenException() {
            super("The key is taken", null, false, false);
        }
    }

    /** For how long a client may use a key again, as told by {@code /v1/config}. */
    static final Duration LIFETIME = Duration.ofHours(1);

    /** Twice that: a client counts from when it sent the request first. */
    private static final Duration KEPT = LIFETIME.multipliedBy(2);

    private final String catalogName;

    IdempotencyKeys(String catalogName) {
        this.catalogName = catalogName;
    }

    /** Makes the table in a database that does not have it. */
    static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS idempotency_keys (catalog_name varchar(255) NOT NULL,"
                    + " key uuid NOT NULL, request bytea NOT NULL, status integer NOT NULL, metadata_location text,"
                    + " answer text, at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (catalog_name, key))");
            statement.execute("CREATE INDEX IF NOT EXISTS idempotency_keys_at ON idempotency_keys (at)");
        }
    }

    /** The outcome of an earlier request; throws a {@link Refusal} if the key was that of another one. */
    Optional<Outcome> find(Connection connection, Key key) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT request, status, metadata_location, answer FROM idempotency_keys WHERE catalog_name = ? AND key = ?")) {
            query.setString(1, catalogName);
            query.setObject(2, key.id());
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                if (!Arrays.equals(row.getBytes(1), key.request())) {
                    throw Refusal.badRequest("This Idempotency-Key was used for another request");
                }
                return Optional.of(new Outcome(row.getInt(2), row.getString(3), row.getString(4)));
            }
        }
    }

    /** Keeps an outcome, with the metadata file that the subject, if it is a table or view, has now. */
    void keep(Connection connection, Key key, int status, String json, TableIdentifier subject) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO idempotency_keys (catalog_name, key, request, status, answer, metadata_location)"
                        + " VALUES (?, ?, ?, ?, ?, (SELECT metadata_location FROM iceberg_tables"
                        + " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?)) ON CONFLICT DO NOTHING")) {
            insert.setString(1, catalogName);
            insert.setObject(2, key.id());
            insert.setBytes(3, key.request());
            insert.setInt(4, status);
            insert.setString(5, json);
            insert.setString(6, catalogName);
            insert.setString(7, subject == null ? "" : subject.namespace().toString());
            insert.setString(8, subject == null ? "" : subject.name());
            if (insert.executeUpdate() == 0) { // waits for another transaction that has the key
                throw new TakenException();
            }
        }
    }

    /** Removes keys whose time is over. */
    static int forgetOld(Connection connection) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM idempotency_keys WHERE at < now() - make_interval(secs => ?)")) {
            delete.setDouble(1, KEPT.toSeconds());
            return delete.executeUpdate();
        }
    }
}
