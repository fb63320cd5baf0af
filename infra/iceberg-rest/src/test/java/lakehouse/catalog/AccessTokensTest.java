package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokensTest {
    private final AccessTokens tokens =
            new AccessTokens(Map.of(
                    AccessTokens.Role.MAINTENANCE, new Secret("maintenance-token-24-chars"),
                    AccessTokens.Role.WRITER, new Secret("writer-token-of-24-chars"),
                    AccessTokens.Role.READER, new Secret("reader-token-of-24-chars")));

    @Test
    void eachTokenHasItsRole() {
        assertEquals(Optional.of(AccessTokens.Role.MAINTENANCE), tokens.role("Bearer maintenance-token-24-chars"));
        assertEquals(Optional.of(AccessTokens.Role.WRITER), tokens.role("Bearer writer-token-of-24-chars"));
        assertEquals(Optional.of(AccessTokens.Role.READER), tokens.role("bearer reader-token-of-24-chars"));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "Bearer ",
                "Bearer writer-token-of-24-char",
                "Bearer writer-token-of-24-chars2",
                "Basic writer-token-of-24-chars",
                "writer-token-of-24-chars"
            })
    void nothingElseHasOne(String header) {
        assertEquals(Optional.empty(), tokens.role(header));
    }
}
