-- name: add_alert(kind, subject, lines, recipients, problem)
-- Records a message that was sent, or, with a `problem`, could not be.
INSERT INTO redaction.alerts (kind, subject, lines, recipients, problem)
VALUES (:kind, :subject, CAST(:lines AS text[]), :recipients, :problem)
