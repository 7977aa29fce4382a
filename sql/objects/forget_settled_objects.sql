-- name: forget_settled_objects()
-- Forgets the numbers of settled objects of activities that no longer exist; returns the number of activities.
SELECT tracking.forget_settled_objects() AS forgotten
