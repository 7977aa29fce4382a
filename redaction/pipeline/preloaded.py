"""Imported by who is about to fork processes that run steps."""

from redaction.pipeline.run import preload

preload()
