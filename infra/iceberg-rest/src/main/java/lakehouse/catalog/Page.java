package lakehouse.catalog;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A part of a list, which is sorted by name: what comes after the last name of the part before. So whatever is there
 * from the first page to the last is in exactly one of them, also when other things come and go meanwhile.
 */
record Page(String after, int size) {
    /** The items of one page, and the token of the next; null if there is none. */
    record Part<T>(List<T> items, String next) {}

    /** The page that a query asks for; the whole list if it names no size. */
    static Page of(Map<String, String> query) {
        String size = query.get("pageSize");
        if (size != null && !size.matches("[1-9][0-9]{0,8}")) {
            throw Refusal.badRequest("pageSize is a number from 1");
        }
        return new Page(name(query.getOrDefault("pageToken", "")), size == null ? Integer.MAX_VALUE : Integer.parseInt(size));
    }

    <T> Part<T> of(List<T> all, Function<T, String> name) {
        List<T> rest = all.stream()
                .filter(item -> name.apply(item).compareTo(after) > 0) // no name is empty
                .sorted(Comparator.comparing(name))
                .toList();
        List<T> items = rest.subList(0, Math.min(size, rest.size()));
        return new Part<>(items, items.size() == rest.size() ? null : token(name.apply(items.get(items.size() - 1))));
    }

    private static String token(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(String token) {
        try {
            byte[] name = Base64.getUrlDecoder().decode(token);
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw Refusal.badRequest("pageToken is not one that came with a page");
        }
    }
}
