"""The native stack: local processes under a supervisor. Containers use nothing of it."""
