-- The one predicate that says which activities a strip may touch, over the alias `a`.
a.account_id = {{ account | default(":account_id") }} AND a.called_at < {{ cutoff | default(":cutoff") }} AND a.redacted_at IS NULL
