"""What is done once before the lakehouse works, and again when it changes."""
