-- name: put_text_decisions(account_id, digests, decision, decided_by)
-- Records a decision on some texts of an account; the last decision on a text counts.
INSERT INTO redaction.text_decisions (account_id, digest, decision, decided_by)
SELECT :account_id, u.digest, :decision, :decided_by FROM unnest(CAST(:digests AS bytea[])) AS u (digest)
ON CONFLICT (account_id, digest) DO UPDATE
SET decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at
