"""The annual return: the counting rules, why, what changed, years and places."""
