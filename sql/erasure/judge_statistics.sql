-- name: judge_statistics(files, horizon)
-- Says whether the planner's statistics have other files now, and whether these have no row that was dead at an earlier
-- moment: a rewrite keeps what somebody may still see, and relfrozenxid says up to which transaction nobody could.
SELECT bool_and(pg_relation_filenode(c.oid) <> ALL(CAST(:files AS bigint[]))) AS rewritten,
       bool_and(age(c.relfrozenxid) <= age(CAST(CAST(:horizon AS xid8) AS xid))) AS unpinned,
       redaction.sampled_columns() AS samples
FROM pg_class c
WHERE c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
