"""The views, one file each: tables computed from the log for fast reading."""
