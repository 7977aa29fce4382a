-- name: place_hold(account_id, scope, reason, placed_by, expires_at)
-- Puts a hold into force; what it holds is added in the same transaction. One whose end has passed, as it may come from
-- another placement, was placed before it. Returns its id.
INSERT INTO redaction.holds (account_id, scope, reason, placed_by, expires_at, placed_at)
VALUES (:account_id, :scope, :reason, :placed_by, CAST(:expires_at AS timestamptz),
        least(clock_timestamp(), CAST(:expires_at AS timestamptz) - interval '1 second'))
RETURNING id
