"""Access to the database: sessions, roles, statements, errors by SQLSTATE, the schema and its versions."""
