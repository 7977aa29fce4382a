-- name: redacted_lately(since, most)
-- Returns the last runs that have redacted something and succeeded since an instant, latest first.
SELECT r.id AS run_id, r.account_id, a.name, r.finished_at, r.stripped_count
FROM redaction.runs r JOIN tracking.accounts a ON a.id = r.account_id
WHERE r.finished_at >= :since AND r.state = 'succeeded' AND r.stripped_count > 0
ORDER BY r.finished_at DESC, r.id DESC LIMIT :most
