{#- Is a login more than a login? `login` is its name or oid. It is, if it or a role that it may become is a superuser, makes
    roles, passes row security or replicates, reads or writes all that there is, or owns the database, a schema of ours or
    something in one. Whether it inherits that is no matter: SET ROLE is enough. -#}
EXISTS (
    SELECT FROM pg_roles m WHERE pg_has_role({{ login }}, m.oid, 'MEMBER') AND (
        m.rolsuper OR m.rolcreaterole OR m.rolbypassrls OR m.rolreplication
        OR m.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
                         'pg_execute_server_program')
        OR m.oid IN (
            SELECT d.datdba FROM pg_database d WHERE d.datname = current_database()
            UNION ALL
            SELECT n.nspowner FROM pg_namespace n WHERE n.nspname IN ('tracking', 'redaction', 'reporting')
            UNION ALL
            SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('tracking', 'redaction', 'reporting')
            UNION ALL
            SELECT p.proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname IN ('tracking', 'redaction', 'reporting')
        )
    )
)
