-- name: forget_settled_objects()
-- Forgets how many objects were settled of activities that are not there any more; returns of how many.
SELECT tracking.forget_settled_objects() AS forgotten
