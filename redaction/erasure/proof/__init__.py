"""The proof that erased values are gone from the files: by structure, and by a sample that is searched for."""
