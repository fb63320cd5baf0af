package org.apache.iceberg.jdbc;

import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;

/** Opens a package-private class of Iceberg, and nothing else: a table's commits, told of before each with (old, new) metadata. */
public final class ObservedTableOperations extends JdbcTableOperations {
    private final BiConsumer<TableMetadata, TableMetadata> beforeCommit;

    public ObservedTableOperations(
            JdbcClientPool pool,
            FileIO io,
            String catalogName,
            TableIdentifier table,
            Map<String, String> properties,
            BiConsumer<TableMetadata, TableMetadata> beforeCommit) {
        super(pool, io, catalogName, table, properties, JdbcUtil.SchemaVersion.V1);
        this.beforeCommit = beforeCommit;
    }

    @Override
    public void doCommit(TableMetadata base, TableMetadata metadata) {
        beforeCommit.accept(base, metadata);
        super.doCommit(base, metadata);
    }
}
