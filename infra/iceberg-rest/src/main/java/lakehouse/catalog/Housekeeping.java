package lakehouse.catalog;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server does by itself, at the start and then every ten minutes, beside the requests. */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final long PAUSE_MINUTES = 10;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread daemon = new Thread(task, "housekeeping");
        daemon.setDaemon(true);
        return daemon;
    });

    Housekeeping(LakehouseCatalog catalog) {
        thread.scheduleWithFixedDelay(() -> quietly(catalog::takeOver), 0, PAUSE_MINUTES, TimeUnit.MINUTES);
        thread.scheduleWithFixedDelay(
                () -> quietly(() -> catalog.onDatabase(IdempotencyKeys::forgetOld)), 0, PAUSE_MINUTES, TimeUnit.MINUTES);
    }

    void stop() {
        thread.shutdownNow();
    }

    /** A task that throws would never be run again. */
    private static void quietly(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.warn("Tried again in {} minutes: {}", PAUSE_MINUTES, e.toString());
        }
    }
}
