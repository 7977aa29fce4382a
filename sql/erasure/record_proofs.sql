-- name: record_proofs(run_id, partition_name, places, categories, looked_for, found, in_use, not_looked, reasons)
-- Records the result of a search for the sampled values, by place and category: numbers, no value.
INSERT INTO redaction.proofs (run_id, partition_name, place, category, looked_for, found, in_use, not_looked, reason)
SELECT :run_id, :partition_name, f.place, f.category, f.looked_for, f.found, f.in_use, f.not_looked, f.reason
FROM unnest(
    CAST(:places AS text[]), CAST(:categories AS text[]), CAST(:looked_for AS bigint[]), CAST(:found AS bigint[]),
    CAST(:in_use AS bigint[]), CAST(:not_looked AS bigint[]), CAST(:reasons AS text[])
) AS f (place, category, looked_for, found, in_use, not_looked, reason)
