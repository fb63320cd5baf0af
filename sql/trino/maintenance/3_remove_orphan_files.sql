-- Deletes files that no snapshot names: what writers that were killed left behind.
ALTER TABLE {{ catalog }}.{{ table }} EXECUTE remove_orphan_files(retention_threshold => '{{ retention_days }}d')
