package lakehouse.catalog;

/** A request turned away before the catalog was touched: status, the protocol's error type, and a text for clients. */
final class Refusal extends RuntimeException {
    private final int status;
    private final String type;

    Refusal(int status, String type, String message) {
        super(message, null, false, false); // no stack trace: nothing is wrong with the server
        this.status = status;
        this.type = type;
    }

    static Refusal badRequest(String message) {
        return new Refusal(400, "BadRequestException", message);
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }
}
