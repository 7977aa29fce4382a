-- name: analyze_set()
-- Lets the planner know how large the sets of runs are, so that the steps after a large selection join as they should.
SELECT redaction.analyze_sets()
