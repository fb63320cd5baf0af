package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HealthProbeTest {
    @Test
    void asksTheDatabaseOnceASecondHoweverManyAsk() {
        AtomicInteger asked = new AtomicInteger();
        HealthProbe probe = new HealthProbe(asked::incrementAndGet);

        for (int i = 0; i < 50; i++) {
            assertTrue(probe.healthy().join());
        }

        assertEquals(1, asked.get());
    }

    @Test
    void asksAgainAfterASecondAndNoticesARecovery() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        HealthProbe probe = new HealthProbe(() -> {
            if (asked.incrementAndGet() == 1) {
                throw new SQLException("down");
            }
        });

        assertFalse(probe.healthy().join());
        Thread.sleep(1_050);
        assertTrue(probe.healthy().join());
    }
}
