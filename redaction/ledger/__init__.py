"""The ledger: its rows, the copy outside the database, and whether both are whole."""
