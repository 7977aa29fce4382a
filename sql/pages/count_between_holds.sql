-- name: count_between_holds(account_ids, starts, ends, most)
-- Returns how many activities of accounts a run would redact, each from one instant to before another, counted up to
-- `most`; in the given order. For accounts with a hold: it reads the rows, which `count_between` need not.
SELECT (
    SELECT count(*) FROM (
        SELECT FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at >= t.starts AND a.called_at < t.ends AND a.redacted_at IS NULL
          AND NOT {% with account = "t.account_id" %}{% include "select/_held.sql" %}{% endwith %}

        LIMIT :most
    ) c
) AS activities
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
    WITH ORDINALITY AS t (account_id, starts, ends, place)
ORDER BY t.place
