-- name: validation()
-- The views that Great Expectations reads: the rows of the run in the session's settings. The settings are
-- redaction.run_id and, for a run with many rewritten rows, redaction.scan = 'on' with redaction.account_id,
-- redaction.starts and redaction.ends: its partitions are then read whole instead of row by row. Each setting is a
-- query of its own, since it would be read for every row otherwise.
DROP VIEW IF EXISTS redaction.recordings_of_run, redaction.rows_of_run, redaction.rows_looked_up, redaction.rows_of_few, redaction.rows_read_through, redaction.digest_violations,
    redaction.findings_of_run, redaction.run_activities CASCADE;
DROP FUNCTION IF EXISTS redaction.has_other_keys(jsonb);

-- The set of each run, an activity a row, with its present time. The OFFSETs, here and below, keep this as a look-up by
-- key for each row: the planner does not know how many ids an array has.
CREATE VIEW redaction.run_activities AS
SELECT b.run_id, r.account_id, u.activity_id, i.called_at
FROM redaction.run_batches b
JOIN redaction.runs r ON r.id = b.run_id
CROSS JOIN LATERAL unnest(b.activity_ids) AS u (activity_id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = r.account_id AND id = u.activity_id OFFSET 0
) i;

{% set keys_array %}{% include "validate/_path_keys.sql" %}{% endset %}
-- A row with a value that is not what its column says (`retained_values.sql`) violates it. Before a function is called come
-- cheap tests, which nearly all rows pass: for a hop its keys, and the look of its values.
{% macro is_odd(hop) %}
(({{ hop }}) || '{}') - {{ keys_array }} <> '{}' OR jsonb_typeof({{ hop }} -> 'route_name') <> 'string'
    OR {{ hop }} ->> 'route_type' ~ '[^A-Za-z_-]' OR octet_length({{ hop }} ->> 'route_type') > {{ formats.LONGEST_WORD }}
    OR jsonb_typeof({{ hop }} -> 'route_id') <> 'number' OR octet_length({{ hop }} ->> 'route_id') > 9
    OR NOT ({{ hop }} ->> 'started_at' LIKE '____-__-__T__:__:__Z' OR {{ hop }} -> 'started_at' BETWEEN '{{ formats.FIRST_SECOND }}' AND '{{ formats.LAST_SECOND - 1 }}'
    {%- for time in (" __:__ _M ___:__", "T__:__:__.___Z", "T__:__:_____:__", "T__:__:__") %} OR {{ hop }} ->> 'started_at' LIKE '____-__-__{{ time }}'{% endfor %})
{% endmacro %}
{% set path_violation %}
CASE WHEN a.call_path IS NULL THEN NULL
     WHEN jsonb_typeof(a.call_path) <> 'array' THEN true
     -- Most paths are short, most of all one hop. A value that is no object becomes an array, which is never equal to an object.
     WHEN a.call_path -> 3 IS NOT NULL OR {{ is_odd("a.call_path -> 0") }}
          OR a.call_path -> 1 IS NOT NULL AND ({{ is_odd("a.call_path -> 1") }} OR a.call_path -> 2 IS NOT NULL AND ({{ is_odd("a.call_path -> 2") }}))
     THEN nullif(NOT redaction.fits_path(a.call_path), false)
END
{% endset %}
{% set ids = ["tracking_number_id", "source_id"] + own | selectattr("retained") | selectattr("type", "equalto", "bigint") | map(attribute="column") | list %}
{% set fractions = own | selectattr("retained") | selectattr("type", "equalto", "double precision") | map(attribute="column") | list %}
{% set number_violation %}
CASE WHEN (a.tracking_number ~ '[^+0-9]' OR octet_length(a.tracking_number) NOT BETWEEN 3 AND 12) AND NOT redaction.fits_number(a.tracking_number)
     {%- for column in ids %} OR a.{{ column }} NOT BETWEEN -1000000000000 AND 1000000000000 AND NOT redaction.fits_id(a.{{ column }}){% endfor %}
     {%- for column in fractions %} OR abs(a.{{ column }}) >= 1000000000000 AND abs(a.{{ column }}) < {{ formats.NO_CARD }} AND NOT redaction.fits_id(CAST(trunc(a.{{ column }}) AS bigint)){% endfor %}

     THEN true END
{% endset %}
{% set this_run %}(SELECT CAST(nullif(current_setting('redaction.run_id', true), '') AS bigint)){% endset %}
-- The present rows of the run, whatever their state, each looked up by its key. A row whose time was corrected beyond
-- the cutoff is not due, and a row that was held since its selection stays unchanged.
CREATE VIEW redaction.rows_looked_up AS
SELECT a.*, {{ path_violation }} AS path_violation, {{ number_violation }} AS number_violation
FROM redaction.runs run
JOIN redaction.run_activities r ON r.run_id = run.id
CROSS JOIN LATERAL (
    SELECT a.* FROM tracking.activities a
    WHERE a.account_id = run.account_id AND a.called_at = r.called_at AND a.id = r.activity_id OFFSET 0
) a
WHERE run.id = {{ this_run }} AND a.called_at < run.cutoff
  AND NOT (a.redacted_at IS NULL AND {% with account = "run.account_id" %}{% include "select/_held.sql" %}{% endwith %}
);

-- The same for a run of few rows, whose times are looked up first: the rest is then planned only for their partitions.
CREATE OR REPLACE FUNCTION redaction.look_up_rows(for_run bigint) RETURNS SETOF tracking.activities
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
    run redaction.runs;
    low timestamptz;
    high timestamptz;
BEGIN
    SELECT * INTO run FROM redaction.runs r WHERE r.id = for_run;
    SELECT min(r.called_at), max(r.called_at) INTO low, high FROM redaction.run_activities r WHERE r.run_id = for_run;
    RETURN QUERY
    SELECT a.*
    FROM redaction.run_activities r
    CROSS JOIN LATERAL (
        SELECT a.* FROM tracking.activities a
        WHERE a.account_id = run.account_id AND a.called_at = r.called_at AND a.id = r.activity_id
          AND a.called_at BETWEEN low AND high
        OFFSET 0
    ) a
    WHERE r.run_id = for_run AND a.called_at < run.cutoff
      AND NOT (a.redacted_at IS NULL AND {% with account = "run.account_id" %}{% include "select/_held.sql" %}{% endwith %}
);
END
$body$;
REVOKE ALL ON FUNCTION redaction.look_up_rows(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.look_up_rows(bigint) TO redaction_worker;
CREATE VIEW redaction.rows_of_few AS
SELECT a.*, {{ path_violation }} AS path_violation, {{ number_violation }} AS number_violation FROM redaction.look_up_rows({{ this_run }}) a;

-- The same for a run with many rewritten rows: its partitions are read whole, by several processes if there are cores.
-- Rows that it has not marked are missing here, which their number shows.
CREATE VIEW redaction.rows_read_through AS
SELECT a.*, {{ path_violation }} AS path_violation, {{ number_violation }} AS number_violation
FROM tracking.activities a
WHERE a.account_id = (SELECT CAST(nullif(current_setting('redaction.account_id', true), '') AS bigint))
  AND a.called_at >= (SELECT CAST(nullif(current_setting('redaction.starts', true), '') AS timestamptz))
  AND a.called_at < (SELECT CAST(nullif(current_setting('redaction.ends', true), '') AS timestamptz))
  AND a.redaction_run_id = {{ this_run }};

CREATE VIEW redaction.rows_of_run AS
SELECT * FROM redaction.rows_looked_up WHERE current_setting('redaction.scan', true) IS DISTINCT FROM 'on'
UNION ALL
SELECT * FROM redaction.rows_read_through WHERE current_setting('redaction.scan', true) = 'on';

-- One row if rows of the run are missing, or their retained columns differ from before the strip.
{% for rows in ("rows_looked_up", "rows_of_few", "rows_read_through") %}
CREATE VIEW redaction.digest_of_{{ rows }} AS
SELECT run.id AS run_id, run.stripped_count AS rows_stripped, found.rows_found
FROM redaction.runs run
CROSS JOIN (
    SELECT count(*) AS rows_found, coalesce(sum({% include "strip/_retained_row.sql" %}), 0) AS digest
    FROM redaction.{{ rows }} a
    WHERE a.redaction_run_id = {{ this_run }}
) found
WHERE run.id = {{ this_run }} AND (found.rows_found <> run.stripped_count OR found.digest <> run.stripped_digest);

{% endfor %}
-- The run's activities whose retained text, number or id named their own caller when they were stripped.
CREATE VIEW redaction.findings_of_run AS
SELECT activity_id FROM redaction.run_findings
WHERE run_id = (SELECT CAST(nullif(current_setting('redaction.run_id', true), '') AS bigint));

-- The activities whose recording the run's clock has taken and that have one again.
CREATE VIEW redaction.recordings_of_run AS
SELECT t.activity_id
FROM tracking.taken_recordings t
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = t.account_id AND id = t.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.recording_url FROM tracking.activities a
    WHERE a.account_id = t.account_id AND a.called_at = i.called_at AND a.id = t.activity_id OFFSET 0
) a
WHERE t.run_id = {{ this_run }} AND a.recording_url IS NOT NULL;

GRANT SELECT ON redaction.recordings_of_run, redaction.run_activities, redaction.rows_of_run, redaction.rows_looked_up, redaction.rows_of_few,
    redaction.rows_read_through, redaction.digest_of_rows_looked_up, redaction.digest_of_rows_of_few, redaction.digest_of_rows_read_through, redaction.findings_of_run TO redaction_worker;
