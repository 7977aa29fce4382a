"""A run, one file a step: select, strip, recordings, validate, reports; `run` is their order."""
