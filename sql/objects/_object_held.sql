-- Says whether a legal hold in force keeps an object, over the alias `{{ object }}`. Its activity is redacted, so its
-- contact is no longer known (for unredacted ones see `take_objects`). If the row is gone and the activity may be of a
-- held contact, nothing is deleted.
(EXISTS (
    SELECT FROM redaction.holds h
    WHERE h.account_id = {{ object }}.account_id AND h.released_at IS NULL AND (h.scope = 'account' OR (
        h.scope = 'contact' AND NOT EXISTS (
            SELECT FROM tracking.activity_identity hi
            JOIN tracking.activities ha ON ha.account_id = hi.account_id AND ha.called_at = hi.called_at AND ha.id = hi.id
            WHERE hi.account_id = {{ object }}.account_id AND hi.id = {{ object }}.activity_id
        )
    ))
) OR EXISTS (
    SELECT FROM redaction.held_activities h
    WHERE h.account_id = {{ object }}.account_id AND h.activity_id = {{ object }}.activity_id
) OR ({{ object }}.account_id IN (SELECT h.account_id FROM redaction.holds h WHERE h.released_at IS NULL) AND EXISTS (
    -- If the clock has taken the recording, the caller is still known.
    SELECT FROM tracking.activity_identity hi
    JOIN tracking.activities a ON a.account_id = hi.account_id AND a.called_at = hi.called_at AND a.id = hi.id
    WHERE hi.account_id = {{ object }}.account_id AND hi.id = {{ object }}.activity_id AND a.redacted_at IS NULL
      AND {% with account = object ~ ".account_id" %}{% include "select/_held.sql" %}{% endwith %}
)))
