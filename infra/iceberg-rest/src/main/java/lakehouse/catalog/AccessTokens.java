package lakehouse.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is asking. Opaque tokens, kept and compared as hashes in constant time. They are not JWTs, because clients
 * read a JWT's {@code exp} and then try to refresh it at a token route that does not exist here.
 */
final class AccessTokens {
    enum Role {
        MAINTENANCE,
        WRITER,
        READER
    }

    private static final String SCHEME = "Bearer ";

    private final Map<Role, byte[]> hashes = new EnumMap<>(Role.class);

    AccessTokens(Map<Role, Secret> tokens) {
        tokens.forEach((role, token) -> hashes.put(role, hash(token.value())));
    }

    /** The role of an Authorization header's value; empty if there is none or it is not known. */
    Optional<Role> role(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        byte[] given = hash(authorization.substring(SCHEME.length()).strip());
        Role found = null;
        for (Map.Entry<Role, byte[]> known : hashes.entrySet()) { // all are always compared
            if (MessageDigest.isEqual(given, known.getValue())) {
                found = known.getKey();
            }
        }
        return Optional.ofNullable(found);
    }

    private static byte[] hash(String token) {
        return sha256().digest(token.getBytes(StandardCharsets.UTF_8));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
