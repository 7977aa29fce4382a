-- name: put_deliveries(account_id, activity_ids, names, external_ids)
-- Records again, at the new placement, what an account's integrations have received; running it twice changes nothing.
INSERT INTO tracking.deliveries (account_id, activity_id, integration_id, external_id)
SELECT i.account_id, u.activity_id, i.id, u.external_id
FROM unnest(CAST(:activity_ids AS bigint[]), CAST(:names AS text[]), CAST(:external_ids AS text[]))
    AS u (activity_id, name, external_id)
JOIN tracking.integrations i ON i.account_id = :account_id AND i.name = u.name
ON CONFLICT DO NOTHING
