{# The tables of `reporting`, in the order in which people read them, each with the column of what it says of redacted
   activities: that they are, or are missing. That of the operator's own fields is there if one of them is retained; it has
   each activity once by field, so that one field counts them all. #}
{% set own_counted = own | selectattr("retained") | map(attribute="field") | list %}
{% set tables = [
    ("activity_by_source", "redacted"), ("activity_by_number", "redacted"), ("activity_by_status", "redacted"),
    ("activity_by_hour", "redacted"), ("call_flow", "redacted"),
] + ([("activity_by_own_field", "redacted")] if own_counted else [])
  + [("sessions", "missing"), ("tags", "missing"), ("contacts", "missing")] %}
{% set own_once = " FILTER (WHERE field = '" ~ own_counted[0] ~ "')" if own_counted else "" %}
