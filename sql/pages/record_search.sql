-- name: record_search(account_ids, viewed_by)
-- Records that a person has searched for somebody in accounts and found nothing, which is information about that
-- somebody too.
INSERT INTO redaction.view_log (account_id, viewed_by, page, activities)
SELECT a.id, :viewed_by, 'search', 0 FROM unnest(CAST(:account_ids AS bigint [])) AS a (id)
