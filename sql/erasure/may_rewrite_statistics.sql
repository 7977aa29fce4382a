-- name: may_rewrite_statistics()
-- Says whether this role may rewrite the planner's statistics: from PostgreSQL 17 on it can be granted.
SELECT CASE WHEN CAST(current_setting('server_version_num') AS integer) < 170000 THEN false
            ELSE has_table_privilege('pg_catalog.pg_statistic', 'MAINTAIN')
                 AND has_table_privilege('pg_catalog.pg_statistic_ext_data', 'MAINTAIN') END AS allowed
