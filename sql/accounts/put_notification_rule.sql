-- name: put_notification_rule(account_id, name, fields)
-- Records a notification rule and the personal categories that it sends out.
INSERT INTO tracking.notification_rules (account_id, name, fields)
VALUES (:account_id, :name, CAST(:fields AS text[]))
