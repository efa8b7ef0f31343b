"""The annual return: the counting rules, why people are counted, what changed, other years."""
