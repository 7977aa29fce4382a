-- name: update_activities()
-- Updates the staged activities, found by (account, id) whatever their time: one that is not redacted takes the new
-- values, one that has them already is not written, a redacted one is left exactly as it is. Of a held one the database
-- keeps the personal values that are there; `kept_by_hold` says of how many.
-- Returns how many of each but the redacted ones, which they are, and the local days of the updated ones with their
-- accounts.
WITH met AS MATERIALIZED (
    SELECT s.*, i.called_at AS known_at, a.redacted_at
    FROM staging s
    CROSS JOIN LATERAL (
        -- The OFFSET keeps this a look-up by key for each row, whatever the planner believes of a table just filled.
        SELECT called_at FROM tracking.activity_identity
        WHERE account_id = s.account_id AND id = s.id
        OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT redacted_at FROM tracking.activities
        WHERE account_id = s.account_id AND called_at = i.called_at AND id = s.id
        OFFSET 0
    ) a
), updated AS (
    UPDATE tracking.activities a
    SET kind = m.kind, called_at = m.called_at
        {%- for column in (retained + personal) if column != '"called_at"' %}, {{ column }} = m.{{ column }}{% endfor %}

    FROM met m
    WHERE a.account_id = m.account_id AND a.called_at = m.known_at AND a.id = m.id
        -- Says IS NULL to whoever waited for the row, and not to the planner: of a column without statistics it takes
        -- that to be rare, and would join a whole young table with what is staged.
        AND num_nulls(a.redacted_at) <> 0
    RETURNING m.account_id, m.known_at
), counted AS (
    SELECT (SELECT count(*) FROM updated) AS updated,
           r.accounts AS redacted_accounts, r.ids AS redacted_ids, cardinality(r.ids) AS already_redacted
    FROM (
        SELECT coalesce(array_agg(account_id), '{}') AS accounts, coalesce(array_agg(id), '{}') AS ids
        FROM met WHERE redacted_at IS NOT NULL
    ) r
), days AS (
    SELECT DISTINCT u.account_id, (u.known_at AT TIME ZONE t.timezone)::date AS day
    FROM updated u JOIN tracking.accounts t ON t.id = u.account_id
    ORDER BY 1, 2
)
SELECT updated, redacted_accounts, redacted_ids, (SELECT count(*) FROM met) - updated - already_redacted AS unchanged,
       ARRAY(SELECT account_id FROM days) AS day_accounts, ARRAY(SELECT day FROM days) AS days
FROM counted
