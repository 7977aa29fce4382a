-- The activities of an account that a log covers, over the alias `a`, before its filters.
a.account_id = :account_id AND a.kind = ANY(CAST(:kinds AS text[]))
      AND a.called_at >= :starts AND a.called_at < :ends
