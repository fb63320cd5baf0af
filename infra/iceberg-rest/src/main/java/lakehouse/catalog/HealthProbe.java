package lakehouse.catalog;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Is the catalog's database there? Asked on a thread and a connection of its own, so that neither busy requests nor a
 * hung object store can hold up the answer; at most one question a second, whoever asks how often.
 */
final class HealthProbe {
    /** The question itself; throws if the answer is no. */
    interface Check {
        void run() throws SQLException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(HealthProbe.class);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(3);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Check check;
    private final Executor thread =
            Executors.newSingleThreadExecutor(task -> {
                Thread daemon = new Thread(task, "health-probe");
                daemon.setDaemon(true);
                return daemon;
            });
    private CompletableFuture<Boolean> latest;
    private long startedNanos;

    HealthProbe(Check check) {
        this.check = check;
    }

    static HealthProbe of(Settings.Database database) {
        Properties properties = new Properties();
        properties.setProperty("user", database.user());
        properties.setProperty("password", database.password().value());
        properties.setProperty("connectTimeout", "2"); // seconds, as the next two
        properties.setProperty("socketTimeout", "2");
        properties.setProperty("loginTimeout", "2");
        properties.setProperty("ApplicationName", "iceberg-rest-health");
        return new HealthProbe(() -> {
            try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), properties);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1 FROM iceberg_tables LIMIT 1");
            }
        });
    }

    /** Whether the database answers; completes within three seconds and never fails. */
    CompletableFuture<Boolean> healthy() {
        return question().copy().completeOnTimeout(false, LONGEST_ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized CompletableFuture<Boolean> question() {
        boolean fresh = latest != null && (!latest.isDone() || System.nanoTime() - startedNanos < PAUSE_NANOS);
        if (!fresh) {
            startedNanos = System.nanoTime();
            latest = CompletableFuture.supplyAsync(this::ask, thread);
        }
        return latest;
    }

    private boolean ask() {
        try {
            check.run();
            return true;
        } catch (SQLException | RuntimeException e) {
            LOG.warn("Database not available: {}", e.getMessage());
            return false;
        }
    }
}
