"""Backup and restore of databases and objects, natively and in containers."""
