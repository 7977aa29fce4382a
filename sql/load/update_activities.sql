-- name: update_activities(accounts, ids)
-- Updates those of the staged activities, array literals in parallel, found by (account, id) whatever their time. An
-- unredacted one takes the new values unless its source has written the present ones later; a redacted one stays exactly
-- as it is. The recording in an older copy is still an object of the activity. For a held one the database keeps the
-- existing personal values; `kept_by_hold` says how many. Returns how many are here, how many of these were updated,
-- which are redacted, and the local days of the updated ones with their accounts.
WITH met AS MATERIALIZED (
    SELECT s.*, i.called_at AS known_at, a.redacted_at, a.indexed_at > s.indexed_at AS is_older
    FROM unnest(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS u (account_id, id)
    JOIN staging s ON s.account_id = u.account_id AND s.id = u.id
    CROSS JOIN LATERAL (
        -- The OFFSET keeps this as a look-up by key for each row, whatever the planner believes of a table just filled.
        SELECT called_at FROM tracking.activity_identity
        WHERE account_id = s.account_id AND id = s.id
        OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT redacted_at, indexed_at FROM tracking.activities
        WHERE account_id = s.account_id AND called_at = i.called_at AND id = s.id
        OFFSET 0
    ) a
), named AS (
    INSERT INTO tracking.objects (account_id, activity_id, address, recording)
    SELECT m.account_id, m.id, m.recording_url, true FROM met m
    WHERE m.is_older AND m.redacted_at IS NULL AND m.recording_url IS NOT NULL AND NOT EXISTS (
        SELECT FROM tracking.taken_recordings t WHERE t.account_id = m.account_id AND t.activity_id = m.id
    )
    ON CONFLICT DO NOTHING
), updated AS (
    UPDATE tracking.activities a
    SET kind = m.kind, called_at = m.called_at
        {%- for column in (retained + personal) if column not in ('"called_at"', '"indexed_at"') %}, {{ column }} = m.{{ column }}{% endfor %},
        indexed_at = coalesce(m.indexed_at, a.indexed_at)

    FROM met m
    WHERE a.account_id = m.account_id AND a.called_at = m.known_at AND a.id = m.id
        -- This is IS NULL in a form that the planner does not see: PostgreSQL checks it again for a row that it had to
        -- wait for. The planner thinks NULL rare in a column without statistics, and would join a whole young table
        -- with the staged rows.
        AND num_nulls(a.redacted_at) <> 0 AND m.is_older IS NOT TRUE
    RETURNING m.account_id, m.known_at
), days AS (
    SELECT DISTINCT u.account_id, (u.known_at AT TIME ZONE t.timezone)::date AS day
    FROM updated u JOIN tracking.accounts t ON t.id = u.account_id
    ORDER BY 1, 2
)
SELECT count(*) AS here, (SELECT count(*) FROM updated) AS updated,
       coalesce(array_agg(m.account_id) FILTER (WHERE m.redacted_at IS NOT NULL), '{}') AS accounts,
       coalesce(array_agg(m.id) FILTER (WHERE m.redacted_at IS NOT NULL), '{}') AS ids,
       ARRAY(SELECT account_id FROM days) AS day_accounts, ARRAY(SELECT day FROM days) AS days
FROM met m
