package lakehouse.catalog;

import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for every change: by which token, what, of which namespace, table or view. */
final class ChangeLog {
    private static final Logger LOG = LoggerFactory.getLogger("change");

    private ChangeLog() {}

    /** A change that was made. */
    static void made(AccessTokens.Role role, Dispatcher.Call call) {
        LOG.info(line(role, call));
    }

    /** A change of which nobody knows whether it was made. */
    static void unknown(AccessTokens.Role role, Dispatcher.Call call) {
        LOG.warn("{} (outcome unknown)", line(role, call));
    }

    /** {@code token=writer updateTable gold.x AddSnapshot SetSnapshotRef}; without characters that would end the line. */
    static String line(AccessTokens.Role role, Dispatcher.Call call) {
        String text = "token=" + role.toString().toLowerCase(Locale.ROOT) + " " + operation(call.route()) + " "
                + call.subjectName() + details(call);
        return text.codePoints()
                .map(character -> Character.isISOControl(character) ? '?' : character)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** {@code CREATE_TABLE} is {@code createTable}. */
    private static String operation(Route route) {
        String[] words = route.name().toLowerCase(Locale.ROOT).split("_");
        return words[0] + words[1].substring(0, 1).toUpperCase(Locale.ROOT) + words[1].substring(1);
    }

    private static String details(Dispatcher.Call call) {
        if (call.body() instanceof UpdateTableRequest update) {
            return update.updates().stream()
                    .map(change -> " " + change.getClass().getSimpleName())
                    .distinct()
                    .collect(Collectors.joining());
        }
        if (call.body() instanceof RenameTableRequest rename) {
            return " from " + rename.source();
        }
        return call.purges() ? " purge" : "";
    }
}
