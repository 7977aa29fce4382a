-- name: drop_replay_holds(placed_by)
-- Removes the holds by which a replay keeps what the redone run had left; their ids are free again.
WITH freed AS (
    DELETE FROM redaction.held_activities h USING redaction.holds g WHERE g.id = h.hold_id AND g.placed_by = :placed_by
)
DELETE FROM redaction.holds WHERE placed_by = :placed_by
