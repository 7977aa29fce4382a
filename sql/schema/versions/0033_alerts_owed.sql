-- name: 0033_alerts_owed()
-- A message that reached some of its recipients is still owed to the others.

-- A recipient stands here until the message has reached them, at most for a week.
CREATE TABLE redaction.alerts_owed (
    alert_id bigint NOT NULL REFERENCES redaction.alerts (id),
    recipient text NOT NULL,
    PRIMARY KEY (alert_id, recipient)
);
GRANT SELECT, INSERT, DELETE ON redaction.alerts_owed TO redaction_worker;
GRANT UPDATE (recipients, problem) ON redaction.alerts TO redaction_worker;
