"""Installs what the lock files name into `.lakehouse/`."""
