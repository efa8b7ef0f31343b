"""What the tracker means: facts, law and spells, pure functions with no clock and no I/O."""
