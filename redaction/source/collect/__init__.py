"""Fetched activities: from the API of the source, page by page, and from an inbox of files."""
