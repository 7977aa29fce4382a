"""Who is on the other side: numbers and addresses."""
