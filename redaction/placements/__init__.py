"""The PostgreSQL servers that hold the accounts."""
