"""Migrations of the database, run by `redaction init`."""
