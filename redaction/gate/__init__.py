"""What every act that destroys data asks first: holds, pauses, the guard."""
