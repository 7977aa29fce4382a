-- name: settle_owed(alert_id, recipient, reached)
-- Ends what is owed to a recipient: the message has reached them (1), or they get none any more (0). The last one takes
-- the problem along.
WITH ended AS (
    DELETE FROM redaction.alerts_owed WHERE alert_id = :alert_id AND recipient = :recipient RETURNING alert_id
)
UPDATE redaction.alerts a
SET recipients = a.recipients + :reached,
    problem = CASE WHEN EXISTS (
        SELECT FROM redaction.alerts_owed o WHERE o.alert_id = a.id AND o.recipient <> :recipient
    ) THEN a.problem END
FROM ended
WHERE a.id = ended.alert_id
