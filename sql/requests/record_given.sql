-- name: record_given(request_id, export_id, account_ids, given)
-- Records for some accounts what an export has of them: digests (JSON) of what an erasure takes.
UPDATE redaction.request_accounts a
SET found = a.found || jsonb_build_object(
    'given', coalesce(a.found -> 'given', '{}') || jsonb_build_object(CAST(:export_id AS text), CAST(u.given AS jsonb))
)
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:given AS text[])) AS u (id, given)
WHERE a.request_id = :request_id AND a.account_id = u.id
