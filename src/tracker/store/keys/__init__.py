"""What is sealed, under which keys, and where the keys are kept."""
