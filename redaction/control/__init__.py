"""Who may ask for a redaction, and who may stop one."""
