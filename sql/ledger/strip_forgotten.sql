-- name: strip_forgotten()
-- From now on, activities that were redacted before the restore and are sent again are stripped at once.
CREATE OR REPLACE TRIGGER strip_forgotten BEFORE INSERT ON tracking.activities
    FOR EACH ROW EXECUTE FUNCTION redaction.strip_forgotten()
