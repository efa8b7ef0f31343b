"""The record of one subject: an entry, its history, which entries count at a moment."""
