package lakehouse.catalog;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.iceberg.jdbc.JdbcClientPool;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Database connections, under the rule that no statement is ever run twice.
 *
 * <p>Iceberg's own pool runs a statement AGAIN on a new connection when the old one broke. If only the reply to a
 * commit's UPDATE was lost, the second UPDATE finds the row already changed and looks like a conflict: the client gets
 * 409 and deletes the manifests of a snapshot that is live. That destroyed a table. Here a connection is tested before
 * use instead, and one that failed is thrown away.
 *
 * <p>A statement of a {@link Change} that has steps runs in a transaction together with them; any other commits by itself.
 */
final class RunOncePool extends JdbcClientPool {
    private static final long LONGEST_WAIT_S = 10;
    private static final int TEST_LIMIT_S = 2;

    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final Semaphore permits;

    RunOncePool(int size, String jdbcUrl, Map<String, String> properties) {
        super(size, jdbcUrl, properties);
        this.permits = new Semaphore(size, true);
    }

    /** Runs the action at most once. {@code retry} is Iceberg's wish to run it again, and is not heard. */
    @Override
    public <R> R run(Action<R, Connection, SQLException> action, boolean retry)
            throws SQLException, InterruptedException {
        Change change = Change.current();
        if (change == null) {
            return onConnection(action);
        }
        if (change.openConnection() != null) {
            return action.run(change.openConnection());
        }
        return change.hasSteps() ? onConnection(connection -> change.transact(connection, action)) : onConnection(action);
    }

    /** Runs all that the work asks of the database in one transaction, which ends with the steps of the thread's change. */
    <R> R inOneTransaction(Supplier<R> work) {
        Change change = Change.current();
        try {
            return onConnection(connection -> change.transact(connection, same -> work.get()));
        } catch (SQLException e) {
            throw new UncheckedSQLException(e, "The transaction failed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedInterruptedException(e, "Interrupted in a transaction");
        }
    }

    private <R> R onConnection(Action<R, Connection, SQLException> action) throws SQLException, InterruptedException {
        if (!permits.tryAcquire(LONGEST_WAIT_S, TimeUnit.SECONDS)) {
            throw new SQLTransientConnectionException("No free database connection in " + LONGEST_WAIT_S + " s");
        }
        try {
            return runOn(testedConnection(), action);
        } finally {
            permits.release();
        }
    }

    private <R> R runOn(Connection connection, Action<R, Connection, SQLException> action) throws SQLException {
        boolean reusable = false;
        try {
            R result = action.run(connection);
            reusable = connection.getAutoCommit();
            return result;
        } catch (SQLException e) {
            reusable = isPlainRefusal(e) && isOutOfTransaction(connection);
            throw e;
        } catch (RuntimeException e) { // the catalog's no, or a step's; not the database's
            reusable = !(e instanceof UncheckedSQLException) && isOutOfTransaction(connection);
            throw e;
        } finally {
            if (reusable) {
                idle.addFirst(connection);
            } else {
                close(connection);
            }
        }
    }

    private Connection testedConnection() throws SQLException {
        Connection kept = idle.pollFirst();
        if (kept != null && kept.isValid(TEST_LIMIT_S)) {
            return kept;
        }
        if (kept != null) {
            // The others broke for the same reason; with a database that hangs, each test would cost its two seconds.
            close(kept);
            close();
        }
        return newClient();
    }

    /** Ends a transaction that was refused, if one is open; false if the connection is of no more use. */
    private static boolean isOutOfTransaction(Connection connection) {
        try {
            if (!connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** Bad data (22) and violated keys (23) leave a connection healthy. */
    private static boolean isPlainRefusal(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("22") || state.startsWith("23");
    }

    @Override
    protected void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // it is gone, which is all that was wanted
        }
    }

    @Override
    public void close() {
        for (Connection kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
            close(kept);
        }
    }
}
