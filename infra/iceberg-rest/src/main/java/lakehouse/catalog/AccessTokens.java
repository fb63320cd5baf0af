package lakehouse.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * Who is asking. Two opaque tokens, kept and compared as hashes in constant time. They are not JWTs, because clients
 * read a JWT's {@code exp} and then try to refresh it at a token route that does not exist here.
 */
final class AccessTokens {
    enum Role {
        WRITER,
        READER
    }

    private static final String SCHEME = "Bearer ";

    private final byte[] writer;
    private final byte[] reader;

    AccessTokens(Secret writer, Secret reader) {
        this.writer = hash(writer.value());
        this.reader = hash(reader.value());
    }

    /** The role of an Authorization header's value; empty if there is none or it is not known. */
    Optional<Role> role(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        byte[] given = hash(authorization.substring(SCHEME.length()).strip());
        boolean isWriter = MessageDigest.isEqual(given, writer); // both are always compared
        boolean isReader = MessageDigest.isEqual(given, reader);
        if (isWriter) {
            return Optional.of(Role.WRITER);
        }
        return isReader ? Optional.of(Role.READER) : Optional.empty();
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
