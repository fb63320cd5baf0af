package lakehouse.catalog;

import java.util.Map;

/** Typed reading of environment variables; an empty one counts as missing. */
final class Environment {
    private final Map<String, String> variables;

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    String text(String name) {
        String value = text(name, "");
        if (value.isEmpty()) {
            throw new SettingsException("Set " + name);
        }
        return value;
    }

    String text(String name, String otherwise) {
        String value = variables.getOrDefault(name, "");
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
}
