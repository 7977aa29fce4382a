-- name: strip()
-- The strip in place, and the only one: no role of ours may update an activity but the loader, who may not mark it redacted.
-- Strips some batches of the run's set, all personal columns at once, and marks them stripped in the same
-- transaction. A row that is no longer aged by the time it is locked is left alone. Which rows name their own caller in
-- retained text is noted by id, how many do so by common words alone is counted, and of how many rows each category of personal data was taken is counted. Account and
-- cutoff are those that the run was recorded with.
-- Returns the number of rows stripped.
CREATE OR REPLACE FUNCTION redaction.strip_batch(for_run bigint, numbers integer[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
    run redaction.runs;
    done bigint;
    low timestamptz;
    high timestamptz;
BEGIN
    SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    PERFORM redaction.enter_strip(run.account_id, for_run);
    -- Between which times the rows lie: the statement is then planned for their partitions, and not for all.
    SELECT min(i.called_at), max(i.called_at) INTO low, high
    FROM redaction.run_batches b
    CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = run.account_id AND id = u.id OFFSET 0
    ) i
    WHERE b.run_id = for_run AND b.number = ANY(numbers) AND NOT b.stripped;
    WITH batch AS MATERIALIZED (
        SELECT i.id, i.called_at
        FROM redaction.run_batches b
        CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
        CROSS JOIN LATERAL (
            -- The OFFSET keeps this a look-up by key, however many ids the planner believes an array to have.
            SELECT id, called_at FROM tracking.activity_identity WHERE account_id = run.account_id AND id = u.id OFFSET 0
        ) i
        WHERE b.run_id = for_run AND b.number = ANY(numbers) AND NOT b.stripped AND i.called_at BETWEEN low AND high
    ), locked AS MATERIALIZED (
        SELECT a.called_at, a.id, a.caller_name, a.caller_number, a.contact_key, a.contact_keys, a.emails,
               {% with name = "a.caller_name" %}{% include "strip/_initial.sql" %}{% endwith %} AS initial,
               CASE WHEN {% with name = "a.caller_name" %}{% include "strip/_initial.sql" %}{% endwith %} <> ''
                   THEN NULL ELSE {% include "strip/_other_names.sql" %} END AS other_names,
               {% include "strip/_retained_row.sql" %} AS retained_digest,
               {% include "strip/_held_categories.sql" %} AS categories,
               {% include "strip/_retained_texts.sql" %} AS texts
        FROM batch b
        JOIN tracking.activities a ON a.account_id = run.account_id AND a.called_at = b.called_at AND a.id = b.id
        WHERE a.called_at BETWEEN low AND high
          AND {% with account = "run.account_id", cutoff = "run.cutoff" %}{% include "select/_aged.sql" %}{% endwith %}

        ORDER BY a.id
        FOR NO KEY UPDATE OF a
    ), stripped AS (
        UPDATE tracking.activities a
        SET {% for column in personal %}{{ column }} = NULL, {% endfor %}

            redacted_at = now(), redaction_run_id = for_run
        FROM locked l
        WHERE a.account_id = run.account_id AND a.called_at = l.called_at AND a.id = l.id
          AND a.called_at BETWEEN low AND high
        RETURNING 1
    ),
    {# Texts repeat. -#}
    {% with account = "run.account_id", rows = "locked a JOIN redaction.find_facts_of(ARRAY(SELECT DISTINCT l.texts FROM locked l)) f ON f.texts = a.texts" %}{% include "strip/_judged.sql" %}{% endwith %}
    , findings AS (
        INSERT INTO redaction.run_findings (run_id, activity_id)
        SELECT for_run, j.id FROM judged j WHERE NOT j.is_common
        ON CONFLICT DO NOTHING
    ), counted AS (
        UPDATE redaction.runs
        SET stripped_count = stripped_count + (SELECT count(*) FROM stripped),
            stripped_digest = stripped_digest + (SELECT coalesce(sum(retained_digest), 0) FROM locked),
            common_names = common_names + (SELECT count(*) FROM judged WHERE is_common),
            by_category = redaction.add_counts(by_category, (
                SELECT {% with masks = "l.categories" %}{% include "strip/_count_categories.sql" %}{% endwith %}
                FROM (SELECT categories, count(*) AS rows FROM locked GROUP BY categories) l
            ))
        WHERE id = for_run
    ), marked AS (
        UPDATE redaction.run_batches SET stripped = true WHERE run_id = for_run AND number = ANY(numbers)
    )
    SELECT count(*) INTO done FROM stripped;
    RETURN done;
END
$body$;
REVOKE ALL ON FUNCTION redaction.strip_batch(bigint, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.strip_batch(bigint, integer[]) TO redaction_worker;
