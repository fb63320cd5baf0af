package lakehouse.catalog;

import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;

/** What the catalog's database does for a request beyond Iceberg's interfaces. */
interface Transactions {
    /** Runs work that asks only the database, whole or not at all, and one such work after the other. */
    <R> R inOneTransaction(Supplier<R> work);

    /** Refuses a folder for new tables that is inside a table; lasting only inside {@link #inOneTransaction}. */
    void refuseTakenFolder(String location);

    /** Refuses a table that is not made yet for places that are another's. Not lasting: its commit checks again. */
    void refuseTakenLocation(TableIdentifier owner, TableMetadata metadata);
}
