-- name: offer_accounts(agency_id, account_ids, names)
-- Stores exactly which accounts of the source are missing here for an agency; returns the new ones.
WITH given AS (
    SELECT g.account_id, g.name
    FROM unnest(CAST(:account_ids AS bigint[]), CAST(:names AS text[])) AS g (account_id, name)
),
gone AS (
    DELETE FROM redaction.offered_accounts o
    WHERE o.agency_id = :agency_id AND NOT EXISTS (SELECT FROM given g WHERE g.account_id = o.account_id)
),
kept AS (
    INSERT INTO redaction.offered_accounts AS o (agency_id, account_id, name)
    SELECT :agency_id, g.account_id, g.name FROM given g
    ON CONFLICT (agency_id, account_id) DO UPDATE SET name = excluded.name
    RETURNING o.account_id, o.name, xmax = 0 AS is_new
)
SELECT account_id, name FROM kept WHERE is_new ORDER BY account_id
