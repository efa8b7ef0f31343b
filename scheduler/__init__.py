"""The scheduler: jobs that run at set times, read views, and record facts or send messages."""
