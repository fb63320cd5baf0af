"""What docs/guides/clients.md does not run it says plainly; the test finds all that it does run, and all of its addresses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from include.settings import Settings
from tests.e2e import client_guide
from tests.e2e.client_guide import Example

RUN = client_guide.examples()


def test_what_is_not_run_stands_under_a_heading_that_says_so() -> None:
    fences = re.findall(r"^ *```(?=\w)", client_guide.GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    blocks = client_guide.all_blocks()

    assert len(blocks) == len(fences)
    assert [block for block in blocks if (block.name is None) != (client_guide.NOT_RUN in block.heading)] == []
    assert {block.language for block in blocks if block.name} == {"python", "java", "sh", "sql"}
    assert len({block.name for block in RUN}) == len(RUN)


@pytest.mark.parametrize("example", RUN, ids=lambda example: example.name)
def test_an_example_speaks_to_the_tests_stack_alone(example: Example) -> None:
    settings = Settings(_env_file=None).model_copy(
        update={
            "pv_data_dir": Path("/elsewhere"),
            "trino_port": 1001,
            "trino_https_port": 1002,
            "iceberg_rest_uri": "http://127.0.0.1:1003",
            "minio_endpoint": "http://127.0.0.1:1004",
        }
    )

    text = client_guide.for_stack(settings, example.text)

    assert set(re.findall(r"(?:127\.0\.0\.1:|port=)(\d+)", text)) <= {"1001", "1002", "1003", "1004"}
    assert ".lakehouse/data" not in text
    assert len(re.findall(r"\.lakehouse/", text)) == len(re.findall(r"/\.lakehouse/opt/", text))
    if example.language == "python":
        ast.parse(text)
