"""What people run: the demo, backfills, SQL, status."""
