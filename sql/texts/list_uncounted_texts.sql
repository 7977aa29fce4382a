-- name: list_uncounted_texts(account_id)
-- Returns the texts of an account as `list_texts` does, of the columns that no report counts. Reads all its activities.
WITH counted AS MATERIALIZED (
    SELECT c.place, c.text, count(*) AS activities, min(a.called_at) AS first_at, max(a.called_at) AS last_at
    FROM tracking.activities a
    CROSS JOIN LATERAL (VALUES ('call status', a.call_status), ('dial status', a.dial_status)) AS c (place, text)
    WHERE a.account_id = :account_id AND c.text ~ '[0-9@%&]|=\?|[^ -~]'
    GROUP BY 1, 2
), texts AS MATERIALIZED (
    SELECT c.text, array_agg(c.place ORDER BY c.place) AS places, max(c.activities) AS activities,
           CAST(min(c.first_at) AT TIME ZONE t.timezone AS date) AS first_day,
           CAST(max(c.last_at) AT TIME ZONE t.timezone AS date) AS last_day,
           redaction.digest_text(c.text, redaction.text_key(:account_id)) AS digest
    FROM counted c JOIN tracking.accounts t ON t.id = :account_id
    GROUP BY c.text, t.timezone
)
SELECT t.digest, t.text, t.places, t.activities, t.first_day, t.last_day, d.decision, d.decided_by, d.decided_at
FROM texts t
CROSS JOIN (SELECT redaction.own_numbers(:account_id) AS numbers) own
LEFT JOIN redaction.text_decisions d ON d.account_id = :account_id AND d.digest = t.digest
WHERE d.decision IS NOT NULL OR redaction.may_name_somebody(t.text, own.numbers)
