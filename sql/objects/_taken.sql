-- Says whether the clock for recordings has taken an object, over the alias `{{ object }}`; its activity lives on
-- without it.
({{ object }}.recording AND EXISTS (
    SELECT FROM tracking.taken_recordings tr
    WHERE tr.account_id = {{ object }}.account_id AND tr.activity_id = {{ object }}.activity_id
))
