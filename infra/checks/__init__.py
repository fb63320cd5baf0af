"""`make check`."""
