"""What every way to destroy asks first: holds, pauses, the guard."""
