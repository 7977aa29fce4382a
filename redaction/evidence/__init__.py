"""Evidence of what was done: certificates, evidence packs, the watch, alerts."""
