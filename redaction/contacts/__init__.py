"""Contacts: numbers and addresses."""
