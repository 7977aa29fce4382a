"""Acts that a person asks for: manual redaction, closing, moving, another catalog, decisions on texts and objects."""
