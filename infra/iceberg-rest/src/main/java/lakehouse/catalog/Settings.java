package lakehouse.catalog;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** All settings of the server, read once from the environment; secrets never come from arguments. */
record Settings(
        String host,
        int port,
        String catalogName,
        String warehouse,
        Database database,
        ObjectStore objectStore,
        Map<AccessTokens.Role, Secret> tokens,
        Load load,
        Duration startWait) {

    record Database(String jdbcUrl, String user, Secret password, int connections) {}

    record ObjectStore(String endpoint, boolean pathStyle, String region, String accessKey, Secret secretKey) {}

    /** How many requests are worked on at once, how many may wait, and for how long, before they are answered 503. */
    record Load(int activeRequests, int waitingRequests, Duration longestWait) {
        /** Those at work that may need the object store. */
        int storeRequests() {
            return activeRequests - databaseRequests();
        }

        /** Those at work that need the database only; kept free of the others. */
        int databaseRequests() {
            return Math.max(1, activeRequests / 3);
        }
    }

    private static final int MIN_TOKEN_CHARACTERS = 24;

    /** Reads the settings; throws {@link SettingsException} naming the variable that is missing or malformed. */
    static Settings from(Map<String, String> environment) {
        Environment env = new Environment(environment);
        return new Settings(
                env.text("CATALOG_HOST", "127.0.0.1"),
                env.number("CATALOG_PORT", 8181, 0, 65_535),
                env.text("CATALOG_NAME", "iceberg"),
                warehouse(env.text("CATALOG_WAREHOUSE")),
                new Database(
                        jdbcUrl(env.text("CATALOG_JDBC_URL")),
                        env.text("CATALOG_JDBC_USER"),
                        new Secret(env.text("CATALOG_JDBC_PASSWORD")),
                        env.number("CATALOG_DB_CONNECTIONS", 8, 1, 100)),
                new ObjectStore(
                        env.text("CATALOG_S3_ENDPOINT"),
                        env.flag("CATALOG_S3_PATH_STYLE", true),
                        env.text("CATALOG_S3_REGION", "us-east-1"),
                        env.text("CATALOG_S3_ACCESS_KEY"),
                        new Secret(env.text("CATALOG_S3_SECRET_KEY"))),
                tokens(env),
                new Load(
                        env.number("CATALOG_THREADS", 24, 2, 500),
                        env.number("CATALOG_WAITING_REQUESTS", 200, 1, 10_000),
                        Duration.ofSeconds(env.number("CATALOG_LONGEST_WAIT_S", 20, 1, 600))),
                Duration.ofSeconds(env.number("CATALOG_START_WAIT_S", 60, 0, 3_600)));
    }

    private static String warehouse(String uri) {
        if (!uri.matches("s3://[^/]+(/.*)?")) {
            throw new SettingsException("CATALOG_WAREHOUSE must look like s3://bucket/path, not " + uri);
        }
        return uri.replaceAll("/+$", "");
    }

    private static String jdbcUrl(String url) {
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new SettingsException("CATALOG_JDBC_URL must begin with jdbc:postgresql:");
        }
        // Driver and catalog put the URL into their error messages, so a password in it would end in the log.
        if (url.toLowerCase(java.util.Locale.ROOT).contains("password=") || url.contains("@")) {
            throw new SettingsException("CATALOG_JDBC_URL must not hold a password; set CATALOG_JDBC_PASSWORD");
        }
        return url;
    }

    /** Of each role; without a maintenance token nobody has that role. */
    private static Map<AccessTokens.Role, Secret> tokens(Environment env) {
        Map<AccessTokens.Role, Secret> tokens = new EnumMap<>(AccessTokens.Role.class);
        for (AccessTokens.Role role : AccessTokens.Role.values()) {
            String name = "CATALOG_" + role + "_TOKEN";
            String token = role == AccessTokens.Role.MAINTENANCE ? env.text(name, "") : env.text(name);
            if (token.isEmpty()) {
                continue;
            }
            if (token.length() < MIN_TOKEN_CHARACTERS) {
                throw new SettingsException(name + " must have at least " + MIN_TOKEN_CHARACTERS + " characters");
            }
            if (tokens.containsValue(new Secret(token))) {
                throw new SettingsException(name + " must differ from the other tokens");
            }
            tokens.put(role, new Secret(token));
        }
        return Map.copyOf(tokens);
    }
}
