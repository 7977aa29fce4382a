-- name: restore_request(request_id, asked, opened_by, opened_at, reference)
-- Restores a request under its own id, with its accounts, from a ledger row, which does not name the person. Runs once.
WITH asked AS MATERIALIZED (SELECT CAST(:asked AS jsonb) AS facts), back AS (
    INSERT INTO redaction.requests (
        id, kind, agency_id, country, law, identity_check, reference, opened_by, opened_at, deadline
    )
    SELECT :request_id, facts ->> 'kind', CAST(facts ->> 'agency_id' AS bigint), facts ->> 'country', facts ->> 'law',
           'as the reference says', :reference, :opened_by, :opened_at, CAST(facts ->> 'deadline' AS timestamptz)
    FROM asked
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
INSERT INTO redaction.request_accounts (request_id, account_id, placement)
SELECT b.id, CAST(a.key AS bigint), a.value
FROM back b CROSS JOIN asked CROSS JOIN LATERAL jsonb_each_text(facts -> 'accounts') a
