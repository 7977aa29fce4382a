-- name: overdue_recordings(account_ids, cutoffs, recordings_cutoffs, most)
-- Returns how many activities of accounts, each between two instants, still have a recording and are not held, counted
-- up to `most`; in the given order. Each account is a look-up in an index that has only undeleted recordings.
SELECT t.account_id, (
    SELECT count(*) FROM (
        SELECT FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at >= t.cutoff AND a.called_at < t.recordings_cutoff
          AND a.redacted_at IS NULL AND a.recording_url IS NOT NULL
          AND NOT {% with account = "t.account_id" %}{% include "select/_held.sql" %}{% endwith %}
        LIMIT :most
    ) c
) AS activities
FROM unnest(
    CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[]), CAST(:recordings_cutoffs AS timestamptz[])
) WITH ORDINALITY AS t (account_id, cutoff, recordings_cutoff, place)
ORDER BY t.place
