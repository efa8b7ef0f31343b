"""The record behind `tracker demo`: invented people who add up to a real annual return."""
