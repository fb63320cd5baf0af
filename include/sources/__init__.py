"""What the lakehouse asks of others: a record a source, its client and reader, landing, and fetching for a run's window.

Belongs here: everything between a run's window and the envelope in landing, and what an envelope means. Does not: tables
(`include/contracts`), loading (`spark_jobs/bronze`).
"""
