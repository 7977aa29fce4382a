"""The door in: wire records become rows of `tracking.activities`."""
