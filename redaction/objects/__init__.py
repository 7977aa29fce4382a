"""Objects outside the database (recordings, pictures of texts, uploads of forms) and the stores that hold them."""
