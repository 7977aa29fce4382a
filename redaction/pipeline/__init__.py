"""A run, one file a step: select, strip, objects, validate, reports; `run` is their order."""
