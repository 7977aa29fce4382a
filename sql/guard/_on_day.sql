-- How many activities runs of the kind of a waiting run `r` that follows the source have redacted unasked within a day
-- before it; 0 for another kind. `ask_about_source` counts them with those of the run.
CASE WHEN r.kind = 'source' THEN (
    SELECT CAST(coalesce(sum(p.stripped_count), 0) AS bigint) FROM redaction.runs p
    WHERE p.account_id = r.account_id AND p.kind = 'source' AND p.id <> r.id
      AND p.started_at > r.started_at - interval '1 day'
      AND NOT EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = p.id AND q.approved)
) ELSE 0 END
