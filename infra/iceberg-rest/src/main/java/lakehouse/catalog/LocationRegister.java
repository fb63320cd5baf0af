package lakehouse.catalog;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Locale;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * Where each table and view keeps its files: a column beside its row, so that it follows a rename and goes with a drop.
 * No two may overlap: removing the orphan files of one, or purging it, would delete files of the other.
 *
 * <p>Checked after the row was written and before its transaction commits, under a lock that all who check take: of two
 * at once the second one sees the first.
 */
final class LocationRegister {
    /** Rows written by a server that did not know this column say it by their metadata file until they are taken over. */
    private static final String PLACES = "COALESCE(places, ARRAY[regexp_replace(metadata_location, '(/metadata)?/[^/]*$', '/')])";

    private static final String OVERLAPPING = "SELECT table_namespace, table_name, place FROM iceberg_tables, unnest(" + PLACES + ") place"
            + " WHERE catalog_name = ? AND (table_namespace, table_name) <> (?, ?)"
            + " AND (starts_with(?, place) OR (? AND starts_with(place, ?))) ORDER BY 1, 2 LIMIT 1";

    private final String catalogName;
    private final String warehouse;

    LocationRegister(String catalogName, String warehouse) {
        this.catalogName = catalogName;
        this.warehouse = warehouse;
    }

    /** Adds the column to a database that does not have it. */
    static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE iceberg_tables ADD COLUMN IF NOT EXISTS places text[]");
        }
    }

    /** Makes those who check, and those who change a namespace, wait for each other until their transactions end. */
    static void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(hashtext('iceberg-rest locations'))");
        }
    }

    /** Notes the places of a table or view whose row this transaction has written; refuses added ones that are another's. */
    void claim(Connection connection, TableIdentifier owner, Collection<String> added, Collection<String> places)
            throws SQLException {
        lock(connection);
        for (String place : added) {
            refuseTaken(connection, owner, place);
        }
        note(connection, owner, places, null);
    }

    /** Refuses a place of a table or view that overlaps another's, or holds the folder of a namespace. */
    void refuseTaken(Connection connection, TableIdentifier owner, String place) throws SQLException {
        refuseOverlap(connection, owner.namespace().toString(), owner.name(), place, true);
        refuseFolderOfNamespace(connection, place);
    }

    /** Refuses a folder for new tables that is inside a table. It may hold tables, and be another namespace's too. */
    void refuseInsideTable(Connection connection, String place) throws SQLException {
        lock(connection);
        refuseOverlap(connection, "", "", place, false);
    }

    /** Notes places; with a metadata file only if the row still has it and none are noted. */
    void note(Connection connection, TableIdentifier owner, Collection<String> places, String metadataLocation)
            throws SQLException {
        String unchanged = metadataLocation == null ? "" : " AND places IS NULL AND metadata_location = ?";
        Array array = connection.createArrayOf("text", places.toArray());
        try (PreparedStatement update = connection.prepareStatement("UPDATE iceberg_tables SET places = ?"
                + " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?" + unchanged)) {
            update.setArray(1, array);
            update.setString(2, catalogName);
            update.setString(3, owner.namespace().toString());
            update.setString(4, owner.name());
            if (metadataLocation != null) {
                update.setString(5, metadataLocation);
            }
            update.executeUpdate();
        }
    }

    private void refuseOverlap(Connection connection, String namespace, String name, String place, boolean bothWays)
            throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(OVERLAPPING)) {
            query.setString(1, catalogName);
            query.setString(2, namespace);
            query.setString(3, name);
            query.setString(4, place);
            query.setBoolean(5, bothWays);
            query.setString(6, place);
            try (ResultSet taken = query.executeQuery()) {
                if (taken.next()) {
                    throw Refusal.badRequest(String.format(
                            Locale.ROOT,
                            "Location %s overlaps that of %s.%s, %s",
                            place, taken.getString(1), taken.getString(2), taken.getString(3)));
                }
            }
        }
    }

    private void refuseFolderOfNamespace(Connection connection, String place) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT namespace, max(property_value) FILTER (WHERE property_key = 'location')"
                        + " FROM iceberg_namespace_properties WHERE catalog_name = ? GROUP BY namespace")) {
            query.setString(1, catalogName);
            try (ResultSet namespaces = query.executeQuery()) {
                while (namespaces.next()) {
                    String namespace = namespaces.getString(1);
                    String given = namespaces.getString(2);
                    String folder = Places.place(given == null ? warehouse + "/" + namespace.replace('.', '/') : given);
                    if (folder.startsWith(place)) {
                        throw Refusal.badRequest(
                                "Location " + place + " holds the folder of the namespace " + namespace + ", " + folder);
                    }
                }
            }
        }
    }
}
