"""What may be recorded, and with which warnings."""
