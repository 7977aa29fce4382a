-- The seconds of a run by step, with those of another try of `:step` added: a run that was stopped has all of its time.
seconds || jsonb_build_object(
        CAST(:step AS text),
        round(coalesce(CAST(seconds ->> CAST(:step AS text) AS numeric), 0) + CAST(CAST(:seconds AS double precision) AS numeric), 3)
    )
