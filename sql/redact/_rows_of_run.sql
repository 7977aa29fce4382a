-- The activities that the run of this session (setting redaction.run_id) had to redact, as they are at this moment; a
-- row whose time was corrected beyond the cutoff is not due any more. Over the alias `a`, the run as `run`.
redaction.runs run
JOIN redaction.run_activities r ON r.run_id = run.id
JOIN tracking.activity_identity i ON i.account_id = run.account_id AND i.id = r.activity_id
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE run.id = CAST(current_setting('redaction.run_id') AS bigint) AND a.called_at < run.cutoff
