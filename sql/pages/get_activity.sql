-- name: get_activity(account_id, id, most)
-- Returns one activity of an account with all its values: those that are not plain text as JSON; texts longer than
-- `most` characters are cut.
SELECT a.id, a.kind, a.called_at, a.status, a.call_status, a.dial_status, a.tracking_number, a.tracking_label, a.source,
       a.call_path, t.taken_at AS recording_taken_at, t.run_id AS recording_run_id, a.redacted_at, a.redaction_run_id,
       r.requested_by, r.policy, a.redacted_at IS NULL AND {% include "select/_held.sql" %} AS held,
       {% for one in own if one.retained %}CAST(a.{{ one.column }} AS text) AS {{ one.column }}, {% endfor %}

       {% for column in personal %}left(to_jsonb(a.{{ column }}) #>> '{}', :most) AS {{ column }}{{ ", " if not loop.last }}{% endfor %}

FROM tracking.activity_identity i
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
LEFT JOIN tracking.taken_recordings t ON t.account_id = a.account_id AND t.activity_id = a.id
WHERE i.account_id = :account_id AND i.id = :id
