-- name: 0012_loader()
-- Whoever adds an address does not say that it has its one spelling: the triggers judge that by its form, and the program
-- reads the others before anything is deleted.
REVOKE INSERT (canonical) ON tracking.objects FROM redaction_loader;
