package lakehouse.catalog;

/** A setting is missing or malformed. The message names the variable and never shows a secret. */
final class SettingsException extends RuntimeException {
    SettingsException(String message) {
        super(message);
    }
}
