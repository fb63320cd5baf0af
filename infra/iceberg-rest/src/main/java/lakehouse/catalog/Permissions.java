package lakehouse.catalog;

import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.requests.RenameTableRequest;

/** What each token may do: reader nothing that changes, maintenance everything, writer all but remove what is not staging. */
final class Permissions {
    /** Tables of a build that is under way; they are the writer's to remove. */
    static final String STAGING = "stg_";

    private Permissions() {}

    /** Throws a {@link Refusal} (403) if no request of this route is the role's to send. */
    static void check(AccessTokens.Role role, Route route) {
        if (route.mutates() && role != AccessTokens.Role.WRITER && role != AccessTokens.Role.MAINTENANCE) {
            throw forbidden("The reader token may not " + route.name());
        }
        if (route == Route.DROP_NAMESPACE && role == AccessTokens.Role.WRITER) {
            throw forbidden("The writer token may not drop namespaces; the maintenance token may");
        }
    }

    /** Throws a {@link Refusal} (403) if this request is not the role's to send. */
    static void check(AccessTokens.Role role, Dispatcher.Call call) {
        TableIdentifier removed = removed(call);
        if (role == AccessTokens.Role.WRITER && removed != null && !removed.name().startsWith(STAGING)) {
            throw forbidden("The writer token may drop and rename only " + STAGING + "*, not " + removed
                    + "; the maintenance token may");
        }
    }

    /** The table or view that is no longer there under its name afterwards; a rename that was free would be a way to drop it. */
    private static TableIdentifier removed(Dispatcher.Call call) {
        if (call.body() instanceof RenameTableRequest rename) {
            return rename.source();
        }
        return switch (call.route()) {
            case DROP_TABLE -> call.table();
            case DROP_VIEW -> call.view();
            default -> null;
        };
    }

    private static Refusal forbidden(String message) {
        return new Refusal(403, "ForbiddenException", message);
    }
}
