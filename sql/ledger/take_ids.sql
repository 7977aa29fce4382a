-- name: take_ids()
-- Gives new runs, holds and requests ids above the existing ones, and above those in the ledger.
SELECT setval(pg_get_serial_sequence('redaction.runs', 'id'), greatest(r.id, l.run_id, 1), num_nonnulls(r.id, l.run_id) > 0),
       setval(pg_get_serial_sequence('redaction.holds', 'id'), greatest(h.id, l.hold_id, 1), num_nonnulls(h.id, l.hold_id) > 0),
       setval(pg_get_serial_sequence('redaction.requests', 'id'), greatest(q.id, l.request_id, 1), num_nonnulls(q.id, l.request_id) > 0)
FROM (SELECT max(id) AS id FROM redaction.runs) r
CROSS JOIN (SELECT max(id) AS id FROM redaction.holds) h
CROSS JOIN (SELECT max(id) AS id FROM redaction.requests) q
CROSS JOIN (
    SELECT max(run_id) AS run_id, max(CAST(facts ->> 'hold_id' AS bigint)) FILTER (WHERE kind = 'hold') AS hold_id,
           max(CAST(facts ->> 'request_id' AS bigint)) FILTER (WHERE kind = 'request') AS request_id
    FROM redaction.ledger
) l
