package lakehouse.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.iceberg.ClientPool;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.JdbcViewOperations;
import org.apache.iceberg.jdbc.ObservedTableOperations;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewMetadataParser;
import org.apache.iceberg.view.ViewOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Iceberg's JDBC catalog, in which no table or view keeps its files where another one does. */
final class LakehouseCatalog extends JdbcCatalog implements Transactions {
    private static final Logger LOG = LoggerFactory.getLogger(LakehouseCatalog.class);

    private final RunOncePool pool;
    private final FileIO io;
    private final RequestRules rules;
    private final LocationRegister locations;

    LakehouseCatalog(RunOncePool pool, FileIO io, RequestRules rules, LocationRegister locations) {
        super(properties -> io, properties -> pool, true);
        this.pool = pool;
        this.io = io;
        this.rules = rules;
        this.locations = locations;
    }

    /** Adds to the database what Iceberg's catalog does not have; of servers that start at once one after the other. */
    void prepareTables() {
        Change change = Change.begin();
        try {
            inOneTransaction(() -> onDatabase(connection -> {
                LocationRegister.prepare(connection);
                IdempotencyKeys.prepare(connection);
                return null;
            }));
        } finally {
            change.end();
        }
    }

    /** Runs one action on the database, in the transaction of this thread if there is one. */
    <R> R onDatabase(ClientPool.Action<R, Connection, SQLException> action) {
        try {
            return pool.run(action);
        } catch (SQLException e) {
            throw new UncheckedSQLException(e, "The database failed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedInterruptedException(e, "Interrupted at the database");
        }
    }

    FileIO io() {
        return io;
    }

    @Override
    public <R> R inOneTransaction(Supplier<R> work) {
        return pool.inOneTransaction(() -> {
            onDatabase(connection -> {
                LocationRegister.lock(connection);
                return null;
            });
            return work.get();
        });
    }

    @Override
    public void refuseTakenFolder(String location) {
        onDatabase(connection -> {
            locations.refuseInsideTable(connection, Places.place(location));
            return null;
        });
    }

    @Override
    public void refuseTakenLocation(TableIdentifier owner, TableMetadata metadata) {
        refuseTaken(owner, Places.of(metadata.location(), metadata.properties()));
    }

    @Override
    protected TableOperations newTableOps(TableIdentifier table) {
        return new ObservedTableOperations(
                pool, io, name(), table, properties(), (base, next) -> beforeTableCommit(table, base, next));
    }

    @Override
    protected ViewOperations newViewOps(TableIdentifier view) {
        return new JdbcViewOperations(pool, io, name(), view, properties()) {
            @Override
            protected void doCommit(ViewMetadata base, ViewMetadata next) {
                Collection<String> before = base == null ? Set.of() : Places.of(base.location(), base.properties());
                beforeCommit(view, before, Places.of(next.location(), next.properties()));
                super.doCommit(base, next);
            }
        };
    }

    private void beforeTableCommit(TableIdentifier table, TableMetadata base, TableMetadata next) {
        Collection<String> before = base == null ? Set.of() : Places.of(base.location(), base.properties());
        beforeCommit(table, before, Places.of(next.location(), next.properties()));
    }

    private void beforeCommit(TableIdentifier owner, Collection<String> before, Collection<String> places) {
        Collection<String> added = new TreeSet<>(places);
        added.removeAll(before); // those it has are its own, also where an older server let two tables share one
        if (!added.isEmpty()) {
            added.forEach(rules::checkPlace);
            refuseTaken(owner, added); // before a metadata file is written there; what counts is the claim below
        }
        if (!places.equals(before)) {
            Change.current().require(connection -> locations.claim(connection, owner, added, places));
        }
    }

    private void refuseTaken(TableIdentifier owner, Collection<String> places) {
        onDatabase(connection -> {
            for (String place : places) {
                locations.refuseTaken(connection, owner, place);
            }
            return null;
        });
    }

    /** A table or view whose places are not known, at one metadata file. */
    private record Unknown(TableIdentifier identifier, String metadataLocation, boolean isView) {}

    /** Notes the places of tables that an older server made; what cannot be read now is left for the next time. */
    void takeOver() {
        int noted = 0;
        for (Unknown unknown : unknown()) {
            try {
                Collection<String> places = places(unknown);
                onDatabase(connection -> {
                    locations.note(connection, unknown.identifier(), places, unknown.metadataLocation());
                    return null;
                });
                noted++;
            } catch (NotFoundException e) {
                LOG.warn("The location of {} is taken from the name of its metadata file, which is missing", unknown.identifier());
            }
        }
        if (noted > 0) {
            LOG.info("Noted the locations of {} tables and views", noted);
        }
    }

    private Collection<String> places(Unknown unknown) {
        if (unknown.isView()) {
            ViewMetadata view = ViewMetadataParser.read(io, unknown.metadataLocation());
            return Places.of(view.location(), view.properties());
        }
        TableMetadata table = TableMetadataParser.read(io, unknown.metadataLocation());
        return Places.of(table.location(), table.properties());
    }

    private List<Unknown> unknown() {
        return onDatabase(connection -> {
            List<Unknown> unknown = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(
                    "SELECT table_namespace, table_name, metadata_location, iceberg_type FROM iceberg_tables"
                            + " WHERE catalog_name = ? AND places IS NULL")) {
                query.setString(1, name());
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        Namespace namespace = Namespace.of(rows.getString(1).split("\\."));
                        TableIdentifier identifier = TableIdentifier.of(namespace, rows.getString(2));
                        unknown.add(new Unknown(identifier, rows.getString(3), "VIEW".equals(rows.getString(4))));
                    }
                }
            }
            return unknown;
        });
    }
}
