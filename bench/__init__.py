"""Bounds on time: measured here, asserted nowhere."""
