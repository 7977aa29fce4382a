"""Agencies, accounts and their settings."""
