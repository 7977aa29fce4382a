-- name: list_texts(account_id)
-- Returns the retained texts of an account, from its reports, with a number or an address that is not the account's
-- own: where they are, the most activities of one such place, the first and the last day, and the decision. A decided
-- text is included while an activity has it.
WITH counted AS (
    {% for report, column, place in (
        ("activity_by_source", "source", "source"), ("activity_by_number", "tracking_label", "label"),
        ("activity_by_status", "status", "status"), ("call_flow", "route_name", "route"),
    ) %}
    SELECT '{{ place }}' AS place, {{ column }} AS text, sum(activities)::bigint AS activities, min(day) AS first_day, max(day) AS last_day
    FROM reporting.{{ report }} WHERE account_id = :account_id AND {{ column }} ~ '[0-9@%&]|=\?|[^ -~]' GROUP BY 2
    {{ "UNION ALL" if not loop.last }}
    {% endfor %}
    {% for field in own if field.retained and field.type == "text" %}
    {% if loop.first %}
    UNION ALL
    SELECT field, value, sum(activities)::bigint, min(day), max(day)
    FROM reporting.activity_by_own_field WHERE account_id = :account_id AND value ~ '[0-9@%&]|=\?|[^ -~]' AND field IN (
    {%- endif %}'{{ field.field }}'{{ ", " if not loop.last }}{% if loop.last %}) GROUP BY 1, 2{% endif %}
    {% endfor %}

), texts AS MATERIALIZED (
    SELECT text, array_agg(place ORDER BY place) AS places, max(activities) AS activities, min(first_day) AS first_day,
           max(last_day) AS last_day, redaction.digest_text(text, key) AS digest
    FROM counted CROSS JOIN (SELECT redaction.text_key(:account_id) AS key) k GROUP BY text, key
)
SELECT t.digest, t.text, t.places, t.activities, t.first_day, t.last_day, d.decision, d.decided_by, d.decided_at
FROM texts t
CROSS JOIN (SELECT redaction.own_numbers(:account_id) AS numbers) own
LEFT JOIN redaction.text_decisions d ON d.account_id = :account_id AND d.digest = t.digest
WHERE d.decision IS NOT NULL OR redaction.may_name_somebody(t.text, own.numbers)
ORDER BY t.activities DESC, t.text
