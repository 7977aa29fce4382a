-- name: add_alert(kind, subject, lines, recipients, problem, owed)
-- Records a message that was sent, or, with a `problem`, could not be sent to all; `owed` are those who get it later.
WITH added AS (
    INSERT INTO redaction.alerts (kind, subject, lines, recipients, problem)
    VALUES (:kind, :subject, CAST(:lines AS text[]), :recipients, :problem)
    RETURNING id
)
INSERT INTO redaction.alerts_owed (alert_id, recipient)
SELECT a.id, o.recipient FROM added a, unnest(CAST(:owed AS text[])) AS o (recipient)
