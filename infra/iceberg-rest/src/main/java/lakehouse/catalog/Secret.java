package lakehouse.catalog;

/** A password or key that cannot be printed by accident. */
record Secret(String value) {
    @Override
    public String toString() {
        return "(secret)";
    }
}
