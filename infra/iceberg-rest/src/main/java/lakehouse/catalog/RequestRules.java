package lakehouse.catalog;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.apache.iceberg.MetadataUpdate;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;

/** What this catalog refuses although the protocol allows it: names it cannot store, places it does not own. */
final class RequestRules {
    /** Property of a namespace: the folder in which clients make its new tables. */
    static final String FOLDER = "location";

    /** S3FileIO takes them for a query and a fragment and cuts the key there: all tables below a#b were one file, a. */
    private static final String KEY_ENDS = "?#";

    private static final String UNFIT_CHARACTERS = "/\\" + KEY_ENDS;

    /** The row that makes an empty namespace exist; JdbcCatalog hides it, but removes it if asked. */
    private static final String EXISTENCE = "exists";

    private static final int MAX_NAME_BYTES = 200; // the store takes 255 in one segment

    private final String warehouse;

    RequestRules(String warehouse) {
        this.warehouse = warehouse;
    }

    /** Throws a {@link Refusal} (400) if a body names a namespace or a place that is not allowed. */
    void check(RESTRequest body) {
        if (body instanceof CreateNamespaceRequest create) {
            checkNamespace(create.namespace());
            Arrays.stream(create.namespace().levels()).forEach(RequestRules::checkNewName);
            checkProperties(create.properties());
        } else if (body instanceof UpdateNamespacePropertiesRequest update) {
            checkProperties(update.updates());
            if (update.removals().contains(EXISTENCE)) {
                throw Refusal.badRequest("The property " + EXISTENCE + " is the catalog's own");
            }
        } else if (body instanceof RenameTableRequest rename) {
            checkNamespace(rename.source().namespace());
            checkNamespace(rename.destination().namespace());
            checkNewName(rename.destination().name());
        } else if (body instanceof CreateTableRequest create) {
            checkNewName(create.name());
            checkLocation(create.location());
            checkProperties(create.properties());
        } else if (body instanceof CreateViewRequest create) {
            checkNewName(create.name());
            checkLocation(create.location());
            checkProperties(create.properties());
        } else if (body instanceof RegisterTableRequest register) {
            checkNewName(register.name());
            checkLocation(register.metadataLocation());
        } else if (body instanceof RegisterViewRequest register) {
            checkNewName(register.name());
            checkLocation(register.metadataLocation());
        } else if (body instanceof UpdateTableRequest update) {
            update.updates().forEach(this::checkUpdate);
        }
    }

    /** The catalog stores a namespace joined by dots, so ["a.b"] would silently become ["a", "b"]. */
    static void checkNamespace(Namespace namespace) {
        if (Arrays.stream(namespace.levels()).anyMatch(level -> level.isEmpty() || level.contains("."))) {
            throw Refusal.badRequest("A namespace level must not be empty or contain a dot: " + namespace);
        }
    }

    /** A name becomes one segment of a path in the store, followed by a dash and 32 hexadecimal digits. */
    private static void checkNewName(String name) {
        boolean tooLong = name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
        boolean unfit = name.isBlank() || name.equals(".") || name.equals("..");
        boolean unfitCharacter = name.chars().anyMatch(c -> UNFIT_CHARACTERS.indexOf(c) >= 0 || Character.isISOControl(c));
        boolean isText = StandardCharsets.UTF_8.newEncoder().canEncode(name); // half a surrogate pair is none
        if (tooLong || unfit || unfitCharacter || !isText) {
            throw Refusal.badRequest("A name has 1 to " + MAX_NAME_BYTES + " bytes of UTF-8, none of " + UNFIT_CHARACTERS
                    + " and no control character, and is not . or ..");
        }
    }

    private void checkUpdate(MetadataUpdate update) {
        if (update instanceof MetadataUpdate.SetLocation move) {
            checkLocation(move.location());
        } else if (update instanceof MetadataUpdate.SetProperties set) {
            checkProperties(set.updated());
        }
    }

    private void checkProperties(Map<String, String> properties) {
        if (properties != null) {
            checkLocation(properties.get(FOLDER));
            Places.PROPERTIES.forEach(key -> checkLocation(properties.get(key)));
        }
    }

    /** Throws a {@link Refusal} (400) if a metadata file to register says that its table is somewhere else. */
    void checkPlace(String place) {
        if (!place.startsWith(Places.place(warehouse))) {
            throw Refusal.badRequest("Location " + place + " is not inside the warehouse " + warehouse);
        }
    }

    /** Throws a {@link Refusal} (400) if a client asks for another warehouse than this one, by its location. */
    void checkWarehouse(String asked) {
        if (asked != null && !asked.isEmpty() && !Places.place(asked).equals(Places.place(warehouse))) {
            throw Refusal.badRequest("Warehouse " + asked + " is not served here, only " + warehouse);
        }
    }

    /** The server reads, writes and purges with its own key, so it does so in its own warehouse only. */
    private void checkLocation(String location) {
        if (location == null || location.equals(warehouse)) {
            return;
        }
        boolean climbs = Arrays.asList(location.split("/")).contains("..");
        if (!location.startsWith(warehouse + "/") || climbs) {
            throw Refusal.badRequest("Location " + location + " is not inside the warehouse " + warehouse);
        }
        if (location.chars().anyMatch(c -> KEY_ENDS.indexOf(c) >= 0)) {
            throw Refusal.badRequest("Location " + location + " has one of " + KEY_ENDS);
        }
    }
}
