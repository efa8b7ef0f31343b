"""The views, one file each: what the log says, kept ready to read."""
