-- name: 0004_protection()
-- What the database refuses: changes of redacted and held rows, roles that are not meant.

-- The worker strips by functions that go through the gate of every strip, and writes to no activity otherwise.
REVOKE UPDATE ON tracking.activities FROM redaction_worker;
REVOKE UPDATE ON redaction.forgotten FROM redaction_worker;
