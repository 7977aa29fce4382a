-- name: record_search(account_ids, viewed_by)
-- Records that somebody has looked for a person in accounts and found nobody, which tells something of the person too.
INSERT INTO redaction.view_log (account_id, viewed_by, page, activities)
SELECT a.id, :viewed_by, 'search', 0 FROM unnest(CAST(:account_ids AS bigint [])) AS a (id)
