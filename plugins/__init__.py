"""What Airflow itself must load: timetables, deadline alert, thin operators, the tasks of the DAGs, the backfill command.

Airflow executes `lakehouse_plugin.py` of this folder (see `.airflowignore`); everything else is imported as `plugins.…`.
Nothing here runs without Airflow; what does belongs in `include`.
"""
