"""What runs the platform: installing, services, the native stack, containers, secrets, commands, backup, audit."""
