-- Which activities of an account a log shows, over the alias `a`. NULL filters are ignored; a source matches by any
-- part of it, in any case.
      (CAST(:source AS text) IS NULL OR position(lower(CAST(:source AS text)) IN lower(a.source)) > 0)
      AND (CAST(:number AS text) IS NULL OR a.tracking_number = :number)
      AND (CAST(:status AS text) IS NULL OR a.status = :status)
      AND (CAST(:redacted AS boolean) IS NULL OR (a.redacted_at IS NOT NULL) = :redacted)
