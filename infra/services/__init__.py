"""The servers of the stack, natively and in containers: command, environment, files, folders, ports and health of each."""
