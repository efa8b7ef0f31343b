"""Facts in and out: imports, records and exports CloudEvents. Called by the service and jobs."""
