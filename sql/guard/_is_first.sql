-- Whether no successful earlier run of the account exists from which the guard could learn, for a waiting run `r`.
NOT EXISTS (
    SELECT FROM redaction.runs p
    WHERE p.account_id = r.account_id AND p.id <> r.id AND p.kind NOT IN ('manual', 'source', 'closing')
      AND p.state IN ('succeeded', 'nothing_due') AND (p.recordings_cutoff IS NULL OR p.stripped_count > 0)
)
