"""What proves afterwards what was done: the ledger, its copy outside the database, certificates."""
