package lakehouse.catalog;

import java.util.Map;
import java.util.Optional;

/** A part of a list. Iceberg's handlers count positions from zero and trust what they are given, so it is checked here. */
record Page(String token, String size) {
    private static final String FIRST = "";

    /** The page that a query asks for; empty if it wants the whole list. */
    static Optional<Page> of(Map<String, String> query) {
        String size = query.get("pageSize");
        if (size == null) {
            return Optional.empty();
        }
        String token = query.getOrDefault("pageToken", FIRST);
        if (!size.matches("[1-9][0-9]{0,8}") || !token.matches("[0-9]{0,9}")) {
            throw Refusal.badRequest("pageSize is a number from 1, pageToken the one that came with the last page");
        }
        return Optional.of(new Page(token, size));
    }
}
