"""Two writers of one row: one wins, the other fails and its task tries again."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from pyspark.errors import PySparkException

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.merge import OPERATION, UPSERT, merge
from tests.spark.lakehouse import FETCHED, Lakehouse

PROGRESS = contracts.load("lh.stage_progress")


def test_writers_of_one_new_row_at_once_never_make_two(lakehouse: Lakehouse) -> None:
    def write(seconds: int) -> None:
        at = FETCHED + timedelta(seconds=seconds)
        row = {"stage": "s", "source": "x", "loaded_through": at, "updated_at": at, OPERATION: UPSERT}
        merge(lakehouse.spark.createDataFrame(table_rows(PROGRESS, [row], OPERATION)), PROGRESS)

    with ThreadPoolExecutor(3) as pool:
        writers: list[Future[None]] = [pool.submit(write, seconds) for seconds in range(3)]

    faults = [fault for writer in writers if (fault := writer.exception()) is not None]
    assert len(lakehouse.rows("lh.stage_progress")) == 1
    assert lakehouse.snapshots("lh.stage_progress") == 3 - len(faults)
    assert all("conflicting files" in str(fault) or isinstance(fault, PySparkException) for fault in faults)
