-- name: kept_exports()
-- Returns the stored files of requests, each with whether it must be deleted: its time is over, it was fetched more
-- than an hour ago, or its request has ended.
SELECT e.id, e.name,
       e.expires_at <= clock_timestamp() OR e.fetched_at <= clock_timestamp() - interval '1 hour'
       OR r.closed_at IS NOT NULL AS goes
FROM redaction.request_exports e JOIN redaction.requests r ON r.id = e.request_id
WHERE e.deleted_at IS NULL ORDER BY e.id
