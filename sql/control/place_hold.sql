-- name: place_hold(account_id, scope, reason, placed_by, expires_at)
-- Puts a hold into force; the same transaction adds what it holds. A hold whose end has passed, which may come from
-- another placement, was placed before that end. Returns its id.
INSERT INTO redaction.holds (account_id, scope, reason, placed_by, expires_at, placed_at)
VALUES (:account_id, :scope, :reason, :placed_by, CAST(:expires_at AS timestamptz),
        least(clock_timestamp(), CAST(:expires_at AS timestamptz) - interval '1 second'))
RETURNING id
