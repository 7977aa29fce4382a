-- name: database_exists(name)
-- Returns 1 if the server has a database of that name, no row otherwise.
SELECT 1 FROM pg_database WHERE datname = :name
