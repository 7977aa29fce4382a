-- name: ids_given()
-- Returns, for runs and for holds, the last id that was given out, and how many ids up to it are in no record and no
-- ledger row. A rolled-back act has used an id too, so this alone proves nothing.
SELECT 'runs' AS what, s.last_id, (
    SELECT count(*) FROM (
        SELECT generate_series(1, s.last_id)
        EXCEPT (SELECT id FROM redaction.runs UNION ALL SELECT run_id FROM redaction.ledger WHERE run_id IS NOT NULL)
    ) g
) AS unknown
FROM (SELECT pg_sequence_last_value(pg_get_serial_sequence('redaction.runs', 'id')) AS last_id) s
UNION ALL
SELECT 'holds', s.last_id, (
    SELECT count(*) FROM (
        SELECT generate_series(1, s.last_id)
        EXCEPT (
            SELECT id FROM redaction.holds
            UNION ALL SELECT CAST(facts ->> 'hold_id' AS bigint) FROM redaction.ledger WHERE kind = 'hold'
        )
    ) g
)
FROM (SELECT pg_sequence_last_value(pg_get_serial_sequence('redaction.holds', 'id')) AS last_id) s
