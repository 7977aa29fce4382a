-- Says whether a legal hold in force keeps a row: a hold on its account, on itself, or on one of its contacts. Over the
-- alias `a`. The first question is asked once, and almost always settles it. `of` says which holds count, over the
-- alias `h`.
(EXISTS (
    SELECT FROM redaction.holds h
    WHERE h.account_id = {{ account | default(":account_id") }} AND h.released_at IS NULL
) AND (
    EXISTS (
        SELECT FROM redaction.holds h
        WHERE h.account_id = {{ account | default(":account_id") }} AND h.scope = 'account' AND h.released_at IS NULL
    )
    OR EXISTS (
        SELECT FROM redaction.held_activities h
        WHERE h.account_id = {{ account | default(":account_id") }} AND h.activity_id = a.id{{ of | default("") }}
    )
    OR EXISTS (
        SELECT FROM tracking.held_contacts h
        WHERE h.account_id = {{ account | default(":account_id") }} AND h.contact_key = a.contact_key{{ of | default("") }}
    )
    OR (a.contact_keys && (
        SELECT array_agg(h.contact_key) FROM tracking.held_contacts h
        WHERE h.account_id = {{ account | default(":account_id") }}{{ of | default("") }}
    )) IS TRUE
    OR (a.emails && (
        SELECT array_agg(h.contact_key) FROM tracking.held_contacts h
        WHERE h.account_id = {{ account | default(":account_id") }}{{ of | default("") }}
    )) IS TRUE
))
