-- name: record_future(accounts, ids)
-- Notes of activities that are dated more than a day ahead when they were first loaded so: they age from then.
INSERT INTO tracking.future_activities (account_id, activity_id)
SELECT * FROM unnest(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]))
ON CONFLICT DO NOTHING
