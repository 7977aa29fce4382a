-- name: sample_rows(relation, run_id, tids)
-- Returns which of these tuples are living rows of a partition, whether their values stay, and the content of those that
-- a run is about to strip; as JSON, by COPY, which no log of result rows shows.
COPY (
    SELECT CAST(json_build_object('tid', CAST(tid AS text), 'id', id, 'kept', kept, 'content', content) AS text)
    FROM redaction.sample_rows(
        CAST(:relation AS regclass), CAST(:run_id AS bigint), CAST(CAST(:tids AS text[]) AS tid[])
    )
) TO STDOUT (FORMAT binary, ENCODING 'UTF8')
