"""The log: facts appended once and never lost, on `eventsourcing`. The only room that knows it."""
