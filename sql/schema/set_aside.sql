-- name: set_aside()
-- Moves a schema `tracking` from before out of the way, in the transaction that makes the new one, and begins the account
-- of what is brought over. Nobody writes to the old table from here on, and no trigger of it can hold a row back.
LOCK TABLE tracking.activities IN ACCESS EXCLUSIVE MODE;
ALTER SCHEMA tracking RENAME TO tracking_before;
ALTER TABLE tracking_before.activities DISABLE TRIGGER USER;
CREATE TABLE tracking_before.adoption (
    rows bigint NOT NULL DEFAULT 0,
    digest numeric NOT NULL DEFAULT 0,
    moved bigint NOT NULL DEFAULT 0,
    moved_digest numeric NOT NULL DEFAULT 0,
    place tid NOT NULL DEFAULT '(0,0)'
);
