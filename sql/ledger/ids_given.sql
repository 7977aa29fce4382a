-- name: ids_given()
-- Returns, of runs and of holds, the last id that was given out, and how many ids up to it no record and no row of the
-- ledger knows. What was rolled back has used an id too, so this alone proves nothing.
SELECT c.what, c.last_id, (
    SELECT count(*) FROM generate_series(1, c.last_id) AS g (id)
    WHERE NOT EXISTS (SELECT FROM redaction.runs r WHERE c.what = 'runs' AND r.id = g.id)
      AND NOT EXISTS (SELECT FROM redaction.holds h WHERE c.what = 'holds' AND h.id = g.id)
      AND NOT EXISTS (
          SELECT FROM redaction.ledger l
          WHERE CASE c.what WHEN 'runs' THEN l.run_id ELSE CAST(l.facts ->> 'hold_id' AS bigint) END = g.id
      )
) AS unknown
FROM (
    SELECT 'runs' AS what, pg_sequence_last_value(pg_get_serial_sequence('redaction.runs', 'id')) AS last_id
    UNION ALL
    SELECT 'holds', pg_sequence_last_value(pg_get_serial_sequence('redaction.holds', 'id'))
) c
ORDER BY c.what DESC
