"""A Spark job that never ends by itself."""

import time

from spark_jobs.session import open_session

with open_session("endless") as spark:
    spark.range(10).count()
    time.sleep(3600)
