"""The jobs that run while nobody looks are declared here: they read views and write facts."""
