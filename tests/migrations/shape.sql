-- What a database is, kind by kind: each query returns the objects of our schemas by `name`, with everything that makes
-- them what they are, without oids and rows.

-- schema
SELECT n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner, ARRAY(SELECT a::text FROM unnest(n.nspacl) AS
       a ORDER BY 1) AS acl
FROM pg_namespace n
WHERE <ours>

-- relation
SELECT c.oid::regclass::text AS name, c.relkind, c.relpersistence, c.relispartition, ARRAY(SELECT unnest(c.reloptions) ORDER BY 1) AS reloptions,
       c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.relhasrules, ARRAY(SELECT a::text FROM
       unnest(c.relacl) AS a ORDER BY 1) AS acl, pg_get_userbyid(c.relowner) AS owner,
       pg_get_expr(c.relpartbound, c.oid) AS bound, CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid)
       END AS key, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition, (SELECT
       i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parent, (SELECT a.amname
       FROM pg_am a WHERE a.oid = c.relam) AS method
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')

-- column
SELECT c.oid::regclass || '.' || a.attname AS name, a.attnum, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attcompression, coalesce(a.attstattarget,
       -1) AS statistics, a.attisdropped,
       -- Some builds of the server keep a version of each column there.
       ARRAY(SELECT o.item FROM unnest(a.attoptions) AS o (item) WHERE o.item !~ '^pg_attver=') AS attoptions, a.attcollation::regcollation::text AS collation,
       ARRAY(SELECT a::text FROM unnest(a.attacl) AS a ORDER BY 1) AS acl, pg_get_expr(v.adbin, v.adrelid) AS
       default
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid
AND a.attnum > 0
LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid
AND v.adnum = a.attnum
WHERE <ours>
AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')

-- constraint
SELECT coalesce(k.conrelid::regclass::text, '-') || '.' || k.conname AS name, pg_get_constraintdef(k.oid) AS
       definition, k.convalidated, k.conislocal, k.coninhcount, k.connoinherit
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
WHERE <ours>

-- index
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid,
       i.indisprimary, i.indisclustered, i.indisreplident
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>

-- trigger
SELECT t.tgrelid::regclass || '.' || t.tgname AS name, pg_get_triggerdef(t.oid) AS definition, t.tgenabled,
       t.tgparentid <> 0 AS inherited
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
AND <ours>

-- function
SELECT p.oid::regprocedure::text AS name, pg_get_functiondef(p.oid) AS definition, pg_get_userbyid(p.proowner)
       AS owner, ARRAY(SELECT a::text FROM unnest(p.proacl) AS a ORDER BY 1) AS acl, p.proacl IS NULL AS
       by_default
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p')
AND <ours>
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')

-- sequence
SELECT s.seqrelid::regclass::text AS name, s.seqtypid::regtype::text AS type, s.seqstart, s.seqincrement,
       s.seqmax, s.seqmin, s.seqcache, s.seqcycle
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>

-- type
SELECT t.oid::regtype::text AS name, t.typtype, format_type(t.typbasetype, t.typtypmod) AS base, ARRAY(SELECT
       e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r', 'c')
AND <ours>
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')

-- rule
SELECT r.ev_class::regclass || '.' || r.rulename AS name, pg_get_ruledef(r.oid) AS definition, r.ev_enabled
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>

-- policy
SELECT p.polrelid::regclass || '.' || p.polname AS name, p.polcmd, p.polpermissive, pg_get_expr(p.polqual,
       p.polrelid) AS qual, pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>

-- extended statistics
SELECT s.stxname AS name, pg_get_statisticsobjdef(s.oid) AS definition
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE <ours>

-- extension
SELECT e.extname AS name, e.extversion, n.nspname
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace

-- event trigger
SELECT e.evtname AS name, e.evtevent, e.evtfoid::regprocedure::text AS function, e.evtenabled
FROM pg_event_trigger e

-- publication
SELECT p.pubname AS name, p.puballtables
FROM pg_publication p

-- default grant
SELECT pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text || ' ' || d.defaclnamespace::regnamespace
       AS name, ARRAY(SELECT a::text FROM unnest(d.defaclacl) AS a ORDER BY 1) AS acl
FROM pg_default_acl d

-- comment
SELECT pg_describe_object(d.classoid, d.objoid, d.objsubid) AS name, d.description
FROM pg_description d
JOIN pg_class c ON c.oid = d.objoid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>

-- database setting
SELECT coalesce(r.rolname, '-') AS name, s.setconfig
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase
AND d.datname = current_database()
LEFT JOIN pg_roles r ON r.oid = s.setrole

-- version
SELECT 'version' AS name, version_num
FROM redaction.alembic_version
