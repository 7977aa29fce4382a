-- name: list_log_choices(account_id, kinds, most)
-- Returns the statuses, tracking numbers and sources by which a log can be filtered, from the reports: the most
-- frequent ones, up to `most` of each.
(
    SELECT 'status' AS field, status AS value, NULL AS label FROM reporting.activity_by_status
    WHERE account_id = :account_id AND kind = ANY(CAST(:kinds AS text[])) AND status <> ''
    GROUP BY status ORDER BY sum(activities) DESC, status LIMIT :most
)
UNION ALL
(
    SELECT 'number', tracking_number, max(tracking_label) FROM reporting.activity_by_number
    WHERE account_id = :account_id AND tracking_number <> ''
    GROUP BY tracking_number ORDER BY sum(activities) DESC, tracking_number LIMIT :most
)
UNION ALL
(
    SELECT 'source', source, NULL FROM reporting.activity_by_source
    WHERE account_id = :account_id AND source <> ''
    GROUP BY source ORDER BY sum(activities) DESC, source LIMIT :most
)
