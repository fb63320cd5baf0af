-- Forgets snapshots that no rollback and no running reader needs any more.
ALTER TABLE {{ catalog }}.{{ table }} EXECUTE expire_snapshots(retention_threshold => '{{ retention_days }}d')
