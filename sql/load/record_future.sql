-- name: record_future(accounts, ids)
-- Records for activities that are dated more than a day ahead when they were first loaded: they age from then on.
INSERT INTO tracking.future_activities (account_id, activity_id)
SELECT * FROM unnest(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
ON CONFLICT DO NOTHING
