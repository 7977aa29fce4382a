"""After a restore of the database."""
