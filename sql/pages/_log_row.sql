-- The columns of an activity in a log, over the aliases `a` and `r` (its run). Direction and length (seconds) are those
-- of the source, and kept for ever if the operator's catalog says so.
{%- set kept = own | selectattr("retained") | map(attribute="field") | list %}

a.id, a.kind, a.called_at, a.status, a.tracking_number, a.tracking_label, a.source, a.caller_name, a.caller_number,
       a.tags, a.recording_url IS NOT NULL AS recording, (
           SELECT t.taken_at FROM tracking.taken_recordings t WHERE t.account_id = a.account_id AND t.activity_id = a.id
       ) AS recording_taken_at, a.redacted_at, a.redaction_run_id, r.requested_by, r.policy,
       {% for field in ["direction", "duration"] %}
       {% if field in kept %}CAST(a.own_{{ field }} AS text){% else %}a.unlisted ->> '{{ field }}'{% endif %} AS {{ field }},
       {% endfor %}
       a.redacted_at IS NULL AND {% include "select/_held.sql" %} AS held
