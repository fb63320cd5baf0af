package lakehouse.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Typed reading of environment variables, where {@code X_FILE} may name a file that holds {@code X}. */
final class Environment {
    private final Map<String, String> variables;

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    String text(String name) {
        String value = text(name, "");
        if (value.isEmpty()) {
            throw new SettingsException("Set " + name + " or " + name + "_FILE");
        }
        return value;
    }

    String text(String name, String otherwise) {
        String direct = variables.getOrDefault(name, "");
        String file = variables.getOrDefault(name + "_FILE", "");
        if (!direct.isEmpty() && !file.isEmpty()) {
            throw new SettingsException("Set " + name + " or " + name + "_FILE, not both");
        }
        String value = file.isEmpty() ? direct : content(name, file);
        return value.isEmpty() ? otherwise : value;
    }

    int number(String name, int otherwise, int least, int most) {
        String value = text(name, String.valueOf(otherwise));
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below, together with the range
        }
        throw new SettingsException(name + " must be a whole number from " + least + " to " + most);
    }

    boolean flag(String name, boolean otherwise) {
        return switch (text(name, String.valueOf(otherwise))) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new SettingsException(name + " must be true or false");
        };
    }

    private static String content(String name, String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new SettingsException(name + "_FILE: cannot read " + file);
        }
    }
}
