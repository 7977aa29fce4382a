"""The loader: records of a source become rows of `tracking.activities`."""
