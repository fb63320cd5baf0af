"""`make bench`: measured figures of a stack of its own."""
