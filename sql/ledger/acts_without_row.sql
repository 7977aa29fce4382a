-- name: acts_without_row()
-- Returns the acts that left something in the database and have no ledger row, although one transaction writes both:
-- `what` with its id, if it has one, and its account (NULL: all).
WITH pauses AS (
    SELECT DISTINCT ON (l.account_id) l.account_id, l.kind
    FROM redaction.ledger l WHERE l.kind IN ('pause', 'resume') ORDER BY l.account_id, l.position DESC
), stores AS (
    SELECT DISTINCT ON (CAST(l.facts #>> '{store,id}' AS bigint)) CAST(l.facts #>> '{store,id}' AS bigint) AS id,
           l.account_id, l.facts ->> 'change' AS change, l.facts -> 'store' AS store
    FROM redaction.ledger l WHERE l.kind = 'store'
    ORDER BY CAST(l.facts #>> '{store,id}' AS bigint), l.position DESC
), objects AS (
    SELECT DISTINCT ON (l.run_id) l.run_id, l.facts -> 'objects' AS objects
    FROM redaction.ledger l WHERE l.kind IN ('redaction', 'abandonment', 'object') AND l.facts ? 'objects'
    ORDER BY l.run_id, l.position DESC
), placed AS (
    SELECT CAST(l.facts ->> 'hold_id' AS bigint) AS id, l.account_id, l.facts
    FROM redaction.ledger l
    WHERE l.kind = 'hold' AND NOT EXISTS (
        SELECT FROM redaction.ledger e WHERE e.kind = 'release' AND e.facts -> 'hold_id' = l.facts -> 'hold_id'
    )
)
SELECT 'hold' AS what, h.id, h.account_id
FROM redaction.holds h
WHERE NOT EXISTS (
    SELECT FROM redaction.ledger l WHERE l.kind = 'hold' AND CAST(l.facts ->> 'hold_id' AS bigint) = h.id
)
UNION ALL
SELECT 'release of hold', h.id, h.account_id
FROM redaction.holds h
WHERE h.released_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM redaction.ledger l WHERE l.kind = 'release' AND CAST(l.facts ->> 'hold_id' AS bigint) = h.id
)
UNION ALL
-- The ledger does not name a contact, and a replay restores such a hold for its whole account.
SELECT CASE WHEN h.id IS NULL THEN 'removal of hold' ELSE 'change of hold' END, p.id, p.account_id
FROM placed p LEFT JOIN redaction.holds h ON h.id = p.id
WHERE h.id IS NULL OR (h.released_at IS NULL AND (
    h.account_id <> p.account_id OR (h.scope <> p.facts ->> 'scope' AND (p.facts ->> 'scope', h.scope) <> ('contact', 'account'))
    OR h.expires_at <> CAST(p.facts ->> 'until' AS timestamptz) OR (h.expires_at IS NOT NULL AND NOT p.facts ? 'until')
    OR (h.scope = 'contact' AND NOT EXISTS (SELECT FROM tracking.held_contacts c WHERE c.hold_id = h.id))
    OR EXISTS (
        SELECT FROM jsonb_array_elements_text(p.facts -> 'ids') AS i (id)
        WHERE NOT EXISTS (
            SELECT FROM redaction.held_activities a
            WHERE a.account_id = h.account_id AND a.activity_id = CAST(i.id AS bigint) AND a.hold_id = h.id
        )
    )
))
UNION ALL
SELECT 'answer about run', q.run_id, r.account_id
FROM redaction.approvals q JOIN redaction.runs r ON r.id = q.run_id
WHERE q.approved IS NOT NULL AND NOT EXISTS (
    SELECT FROM redaction.ledger l WHERE l.kind = 'approval' AND l.run_id = q.run_id
)
UNION ALL
SELECT 'pause', NULL, p.account_id
FROM redaction.pauses p
WHERE NOT EXISTS (SELECT FROM pauses l WHERE l.account_id IS NOT DISTINCT FROM p.account_id AND l.kind = 'pause')
UNION ALL
SELECT 'end of a pause', NULL, l.account_id
FROM pauses l
WHERE l.kind = 'pause'
  AND NOT EXISTS (SELECT FROM redaction.pauses p WHERE p.account_id IS NOT DISTINCT FROM l.account_id)
UNION ALL
SELECT DISTINCT 'erasure in a system outside of run', d.run_id, d.account_id
FROM redaction.downstream d
WHERE d.done_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM redaction.ledger l
    WHERE l.kind = 'delivery' AND l.run_id = d.run_id
      AND coalesce(CAST(l.facts ->> 'integration_id' AS bigint), d.integration_id) = d.integration_id
)
UNION ALL
SELECT 'departure', NULL, a.id
FROM tracking.accounts a
WHERE a.whereabouts = 'left'
  AND NOT EXISTS (SELECT FROM redaction.ledger l WHERE l.kind = 'departure' AND l.account_id = a.id)
UNION ALL
SELECT 'closing', NULL, a.id
FROM tracking.accounts a
WHERE a.closing_since IS NOT NULL AND NOT EXISTS (
    SELECT FROM redaction.ledger l
    WHERE l.kind = 'closing' AND l.account_id = a.id
      AND l.facts ->> 'stage' = CASE WHEN a.closed_at IS NULL THEN 'begun' ELSE 'closed' END
)
UNION ALL
-- The values of a store too: a prefix that was changed without a ledger row would change what is deleted.
SELECT 'store', s.id, s.account_id
FROM redaction.stores s
WHERE NOT EXISTS (SELECT FROM stores t WHERE t.id = s.id AND t.change = 'added' AND to_jsonb(s) @> t.store)
UNION ALL
SELECT 'removal of store', t.id, t.account_id
FROM stores t
WHERE t.change = 'added' AND NOT EXISTS (SELECT FROM redaction.stores s WHERE s.id = t.id)
UNION ALL
SELECT CASE WHEN u.change = 'opened' THEN 'opening of request' ELSE 'end of request' END, r.id, NULL
FROM redaction.requests r
CROSS JOIN LATERAL (SELECT 'opened' AS change UNION ALL SELECT r.state WHERE r.closed_at IS NOT NULL) u
WHERE NOT EXISTS (
    SELECT FROM redaction.ledger l
    WHERE l.kind = 'request' AND CAST(l.facts ->> 'request_id' AS bigint) = r.id AND l.facts ->> 'change' = u.change
)
UNION ALL
-- Outcomes of objects after the end of a run. A replay counts again what it finds.
SELECT 'end of objects of run', r.id, r.account_id
FROM redaction.runs r LEFT JOIN objects t ON t.run_id = r.id
WHERE r.objects_told <> coalesce(t.objects, '{}') AND r.kind <> 'replay' AND (t.run_id IS NOT NULL OR r.kind = 'move')
ORDER BY 1, 2, 3
