"""What facts mean: one timeline a person, read as spells, occurrences, findings, deadlines."""
