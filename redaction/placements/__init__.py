"""The PostgreSQL servers that accounts are spread over."""
