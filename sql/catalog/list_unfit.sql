-- name: list_unfit(account_id, called_at, id, most)
-- Returns some of the activities of an account that `count_unfit` counts, in the order of their key, after a given one.
SELECT a.called_at, a.id
FROM tracking.activities a
WHERE a.account_id = :account_id AND (a.called_at, a.id) > (CAST(:called_at AS timestamptz), CAST(:id AS bigint))
  AND a.redacted_at IS NOT NULL AND num_nonnulls({% for column in personal %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}) > 0
ORDER BY a.called_at, a.id
LIMIT :most
