-- name: 0011_elsewhere()
-- The path of an address that names a file of another host, or an object of Amazon by the web: whoever is about to delete
-- an object of that path looks whether another activity names it so. It holds no path, and the planner keeps none.
CREATE INDEX objects_elsewhere ON tracking.objects USING hash ((substring(address FROM '^[a-z]+://[^/]*(/[^?#]*)')))
WHERE address ~ '^(file://[^/]|https?://[^/]*amazonaws[.]com[^/]*/)';
ALTER INDEX tracking.objects_elsewhere ALTER COLUMN 1 SET STATISTICS 0;
