-- name: kept_exports()
-- Returns the files of requests that are kept, each with whether it has to go: its time is over, it was fetched more than an
-- hour ago, or its request is over.
SELECT e.id, e.name,
       e.expires_at <= clock_timestamp() OR e.fetched_at <= clock_timestamp() - interval '1 hour'
       OR r.closed_at IS NOT NULL AS goes
FROM redaction.request_exports e JOIN redaction.requests r ON r.id = e.request_id
WHERE e.deleted_at IS NULL ORDER BY e.id
