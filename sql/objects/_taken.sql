-- Was an object taken by the clock for recordings, over the alias `{{ object }}`? Its activity lives on without it.
({{ object }}.recording AND EXISTS (
    SELECT FROM tracking.taken_recordings tr
    WHERE tr.account_id = {{ object }}.account_id AND tr.activity_id = {{ object }}.activity_id
))
