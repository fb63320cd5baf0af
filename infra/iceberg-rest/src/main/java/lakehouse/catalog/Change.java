package lakehouse.catalog;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.iceberg.ClientPool;

/**
 * What one request changes, and what must be in the same database transaction: steps that run after the catalog's own
 * statement and before the commit, and that refuse the change by throwing. Bound to the request's thread, because
 * Iceberg's catalog stands between the request and its statements.
 */
final class Change {
    /** A part of the transaction. */
    interface Step {
        void run(Connection connection) throws SQLException;
    }

    /** The last part, which is given what the catalog's own work came to. */
    interface LastStep {
        void run(Connection connection, Object result) throws SQLException;
    }

    private static final ThreadLocal<Change> CURRENT = new ThreadLocal<>();

    private Step step;
    private LastStep lastStep;
    private Connection connection;
    private boolean committed;

    private Change() {}

    /** The change of this thread's request; null outside of one. */
    static Change current() {
        return CURRENT.get();
    }

    static Change begin() {
        Change change = new Change();
        CURRENT.set(change);
        return change;
    }

    void end() {
        CURRENT.remove();
    }

    /** Sets what a statement needs; a statement that is tried again sets it again. */
    void require(Step needed) {
        step = needed;
    }

    /** Sets what comes at the end of the transaction. */
    void finishWith(LastStep last) {
        lastStep = last;
    }

    /** The connection of a transaction that is open on this thread; null if there is none. */
    Connection openConnection() {
        return connection;
    }

    /** Whether a statement must run in a transaction with steps. */
    boolean hasSteps() {
        return !committed && (step != null || lastStep != null);
    }

    /** Runs the action and, if it wrote anything, the steps, and commits. Leaves a failed transaction open. */
    <R> R transact(Connection taken, ClientPool.Action<R, Connection, SQLException> action) throws SQLException {
        taken.setAutoCommit(false);
        connection = taken;
        R result;
        boolean wrote;
        try {
            result = action.run(taken);
            wrote = hasWritten(taken);
            if (wrote) {
                runSteps(taken, result);
            }
        } finally {
            connection = null;
        }
        taken.commit();
        committed |= wrote;
        taken.setAutoCommit(true);
        return result;
    }

    private void runSteps(Connection taken, Object result) throws SQLException {
        if (step != null) {
            step.run(taken);
        }
        if (lastStep != null) {
            lastStep.run(taken, result);
        }
    }

    /** Postgres gives a transaction its number at the first row that it writes. */
    private static boolean hasWritten(Connection taken) throws SQLException {
        try (Statement statement = taken.createStatement();
                ResultSet answer = statement.executeQuery("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")) {
            answer.next();
            return answer.getBoolean(1);
        }
    }
}
