-- name: strip_forgotten()
-- From here on, what was redacted before the restore and is sent again is stripped as it comes in.
CREATE OR REPLACE TRIGGER strip_forgotten BEFORE INSERT ON tracking.activities
    FOR EACH ROW EXECUTE FUNCTION redaction.strip_forgotten()
