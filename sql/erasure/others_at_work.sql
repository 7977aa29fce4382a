-- name: others_at_work()
-- Is somebody else at work in this database at the moment?
SELECT redaction.others_at_work() AS at_work
