package lakehouse.catalog;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.iceberg.TableProperties;

/**
 * Folders in which a table or view keeps files, written so that two of them overlap exactly if one begins with the
 * other: one scheme for S3, one slash between names, none of {@code .} and {@code ..}, a slash at the end.
 */
final class Places {
    /** Properties that lead files of a table elsewhere; the last two are older names of the data path, still honoured. */
    static final List<String> PROPERTIES =
            List.of(
                    TableProperties.WRITE_DATA_LOCATION,
                    TableProperties.WRITE_METADATA_LOCATION,
                    "write.object-storage.path",
                    "write.folder-storage.path");

    private Places() {}

    /** All places of a table or view with this location and these properties. */
    static SortedSet<String> of(String location, Map<String, String> properties) {
        SortedSet<String> places = new TreeSet<>();
        places.add(place(location));
        Map<String, String> set = new HashMap<>(properties);
        set.keySet().retainAll(PROPERTIES);
        set.values().forEach(path -> places.add(place(path)));
        return places;
    }

    /** {@code S3A://bucket//a/./b} is {@code s3://bucket/a/b/}. */
    static String place(String location) {
        int colon = location.indexOf("://");
        String scheme = colon < 0 ? "" : location.substring(0, colon).toLowerCase(Locale.ROOT);
        Deque<String> names = new ArrayDeque<>();
        for (String name : location.substring(colon < 0 ? 0 : colon + 3).split("/")) {
            if (name.equals("..")) {
                names.pollLast();
            } else if (!name.isEmpty() && !name.equals(".")) {
                names.addLast(name);
            }
        }
        return (scheme.equals("s3a") || scheme.equals("s3n") ? "s3" : scheme) + "://" + String.join("/", names) + "/";
    }
}
