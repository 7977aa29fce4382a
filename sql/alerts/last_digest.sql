-- name: last_digest()
-- Returns when the last digest was sent that reached anybody, or had no recipients; no row if there was none.
SELECT written_at FROM redaction.alerts WHERE kind = 'digest' AND (problem IS NULL OR recipients > 0) ORDER BY id DESC LIMIT 1
