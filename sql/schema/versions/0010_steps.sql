-- name: 0010_steps()
-- Steps have one name: that of their task, module, folder of statements and tests.
UPDATE redaction.runs
SET seconds = (
        SELECT coalesce(
            jsonb_object_agg(
                CASE step.key
                    WHEN 'select_aged' THEN 'select' WHEN 'delete_objects' THEN 'objects' WHEN 'rebuild_reports' THEN 'reports'
                    ELSE step.key
                END,
                step.value
            ),
            '{}'
        )
        FROM jsonb_each(runs.seconds) AS step
    ),
    failed_step = CASE failed_step
        WHEN 'select_aged' THEN 'select' WHEN 'delete_objects' THEN 'objects' WHEN 'rebuild_reports' THEN 'reports'
        ELSE failed_step
    END;
