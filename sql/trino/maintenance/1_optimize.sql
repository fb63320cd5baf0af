-- Merges small files of one table: in a partitioned one those of recent partitions, which is where hourly runs write.
ALTER TABLE {{ catalog }}.{{ table }} EXECUTE optimize(file_size_threshold => '{{ small_file }}')
{% if recent %}WHERE {{ recent }}{% endif %}
