"""Redaction pipelines for call-tracking data: strip, prove, and keep the reports going."""
