"""Requests of a person: access to what is kept of them, or its erasure, over all accounts and placements."""
