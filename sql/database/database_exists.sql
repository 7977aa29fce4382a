-- name: database_exists(name, login)
-- Returns whether the server has a database of that name, and a login of the other.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name) AS database,
       EXISTS (SELECT FROM pg_roles WHERE rolname = :login) AS login
