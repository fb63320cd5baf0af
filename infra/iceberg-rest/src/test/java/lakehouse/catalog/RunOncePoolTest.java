package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pool's own rule, on connections that are only counted. A real database is behind the end-to-end tests. */
class RunOncePoolTest {
    private final CountingDriver driver = new CountingDriver();
    private final RunOncePool pool = new RunOncePool(2, CountingDriver.URL, Map.of());

    @BeforeEach
    void register() throws SQLException {
        DriverManager.registerDriver(driver);
    }

    @AfterEach
    void deregister() throws SQLException {
        pool.close();
        DriverManager.deregisterDriver(driver);
    }

    @ParameterizedTest
    @ValueSource(strings = {"08000", "08003", "08006", "08007", "40001"})
    void aStatementWhoseConnectionBreaksIsNotRunAgain(String sqlState) {
        AtomicInteger runs = new AtomicInteger();

        assertThrows(SQLException.class, () -> pool.run(connection -> {
            runs.incrementAndGet();
            throw new SQLException("reply lost", sqlState);
        }, true));

        assertEquals(1, runs.get());
    }

    @Test
    void aTransientFailureIsNotRunAgainByTheDefaultOfIcebergsCallers() {
        AtomicInteger runs = new AtomicInteger();

        assertThrows(SQLTransientException.class, () -> pool.run(connection -> {
            runs.incrementAndGet();
            throw new SQLTransientException("try again");
        }));

        assertEquals(1, runs.get());
    }

    @Test
    void aConnectionThatFailedIsClosedAndNotUsedAgain() throws Exception {
        assertThrows(SQLException.class, () -> pool.run(connection -> {
            throw new SQLException("broken", "08006");
        }));

        Connection next = pool.run(connection -> connection);

        assertTrue(driver.opened.get(0).closed);
        assertNotSame(driver.opened.get(0).connection, next);
    }

    @Test
    void aHealthyConnectionIsUsedAgainAlsoAfterTheDatabaseSaidNo() throws Exception {
        Connection first = pool.run(connection -> connection);
        assertThrows(SQLException.class, () -> pool.run(connection -> {
            throw new SQLException("duplicate key", "23505");
        }));

        assertSame(first, pool.run(connection -> connection));
        assertEquals(1, driver.opened.size());
    }

    @Test
    void aConnectionThatDiedWhileIdleIsReplacedBeforeTheStatement() throws Exception {
        pool.run(connection -> connection);
        driver.opened.get(0).valid = false;
        AtomicInteger runs = new AtomicInteger();

        Connection used = pool.run(connection -> {
            runs.incrementAndGet();
            return connection;
        });

        assertEquals(1, runs.get());
        assertSame(driver.opened.get(1).connection, used);
        assertTrue(driver.opened.get(0).closed);
    }

    @Test
    void oneDeadConnectionEndsTheOtherIdleOnesUntested() throws Exception {
        pool.run(outer -> {
            try {
                return pool.run(inner -> inner);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        driver.opened.forEach(opened -> opened.valid = false);

        Connection used = pool.run(connection -> connection);

        assertSame(driver.opened.get(2).connection, used);
        assertEquals(1, driver.opened.stream().mapToInt(opened -> opened.tests).sum());
        assertTrue(driver.opened.get(0).closed && driver.opened.get(1).closed);
    }

    @Test
    void aConnectionLeftInsideATransactionIsNotUsedAgain() throws Exception {
        pool.run(connection -> driver.opened.get(0).autoCommit = false);

        pool.run(connection -> connection);

        assertTrue(driver.opened.get(0).closed);
        assertEquals(2, driver.opened.size());
    }

    @Test
    void theStepsOfAChangeRunBeforeItsStatementIsCommitted() throws Exception {
        List<String> order = new ArrayList<>();
        Change change = Change.begin();
        change.require(connection -> order.add("step"));
        change.finishWith((connection, result) -> order.add("last " + result));
        try {
            pool.run(connection -> {
                order.add("statement");
                return 1;
            });
            pool.run(connection -> order.add("a later statement"));
        } finally {
            change.end();
        }

        assertEquals(List.of("statement", "step", "last 1", "a later statement"), order);
        assertEquals(1, driver.opened.get(0).commits);
        assertTrue(driver.opened.get(0).autoCommit);
    }

    @Test
    void aStatementThatWritesNothingNeedsNoSteps() throws Exception {
        Change change = Change.begin();
        change.require(connection -> {
            throw new IllegalStateException("not to be run");
        });
        pool.run(connection -> driver.opened.get(0).wrote = false);
        change.end();

        assertEquals(1, driver.opened.get(0).commits);
    }

    @Test
    void aStepThatRefusesTakesTheStatementBackAndLeavesTheConnectionUsable() throws Exception {
        Change change = Change.begin();
        change.require(connection -> {
            throw Refusal.badRequest("taken");
        });
        assertThrows(Refusal.class, () -> pool.run(connection -> 1));
        change.end();

        assertEquals(0, driver.opened.get(0).commits);
        assertEquals(1, driver.opened.get(0).rollbacks);
        assertSame(driver.opened.get(0).connection, pool.run(connection -> connection));
    }

    @Test
    void workInOneTransactionIsCommittedOnce() {
        Change change = Change.begin();
        pool.inOneTransaction(() -> {
            for (int i = 0; i < 3; i++) {
                try {
                    pool.run(connection -> 1);
                } catch (SQLException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return 1;
        });
        change.end();

        assertEquals(1, driver.opened.size());
        assertEquals(1, driver.opened.get(0).commits);
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** One connection as the pool sees it. */
    private static final class Counted {
        boolean valid = true;
        int tests;
        boolean closed;
        boolean autoCommit = true;
        boolean wrote = true;
        int commits;
        int rollbacks;
        final Connection connection = (Connection) Proxy.newProxyInstance(
                Counted.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "isValid":
                            tests++;
                            return valid;
                        case "getAutoCommit":
                            return autoCommit;
                        case "setAutoCommit":
                            autoCommit = (boolean) arguments[0];
                            return null;
                        case "commit":
                            commits++;
                            return null;
                        case "rollback":
                            rollbacks++;
                            return null;
                        case "createStatement": // only the question whether anything was written
                            return fake(Statement.class, (statement, asked, sql) -> fake(ResultSet.class, (rows, get, column) -> wrote));
                        case "close":
                            closed = true;
                            return null;
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    private static final class CountingDriver implements Driver {
        static final String URL = "jdbc:counting:";
        final List<Counted> opened = new ArrayList<>();

        @Override
        public Connection connect(String url, Properties properties) {
            if (!acceptsURL(url)) {
                return null;
            }
            opened.add(new Counted());
            return opened.get(opened.size() - 1).connection;
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.equals(URL);
        }

        @Override
        public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
            return new DriverPropertyInfo[0];
        }

        @Override
        public int getMajorVersion() {
            return 1;
        }

        @Override
        public int getMinorVersion() {
            return 0;
        }

        @Override
        public boolean jdbcCompliant() {
            return false;
        }

        @Override
        public Logger getParentLogger() throws SQLFeatureNotSupportedException {
            throw new SQLFeatureNotSupportedException();
        }
    }
}
