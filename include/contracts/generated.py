"""Files that are made from the contracts: Trino DDL and the data dictionary.

Belongs here: which files there are, what they hold, writing them and telling whether they are in
step. Editing one of them by hand is what `stale_files` finds.
"""

from pathlib import Path

from include.contracts.contract import SCHEMAS, TableContract, load_all
from include.contracts.view import load_views

PROJECT_DIR = Path(__file__).parents[2]
DDL_DIR = Path("sql/trino/ddl")
DICTIONARY = Path("docs/data-dictionary.md")

SCHEMA_MEANINGS = {
    "lh": "The platform's own tables.",
    "bronze": "What the sources answered, every version of it. Nothing is corrected here.",
    "silver": "One row per plant and hour, newest version, units summed, doubts flagged.",
    "gold": "What people read: joined hours and daily figures.",
    "staging": "Working tables of Gold builds, named by DAG and run and dropped at their end. Readers do not see them.",
}

DICTIONARY_HEAD = """# Data dictionary

Generated from `include/contracts/` by `python -m include.contracts write`; edit the contracts.

Times in columns ending in `_utc` are UTC instants; `ts_utc` is the start of the hour described,
except in Bronze weather, which keeps the source's labels. Units are part of the column name.
NULL means unknown and is never written as 0. Columns marked *provenance* depend on when or by
which run something was fetched: leave them out when you compare two builds of a table.
"""


def generated_files(contracts: list[TableContract]) -> dict[Path, str]:
    """Return every generated file's path below the project and its text."""
    files = {DDL_DIR / f"000_schema_{schema}.sql": f"CREATE SCHEMA IF NOT EXISTS iceberg.{schema}\n" for schema in SCHEMAS}
    for contract in contracts:
        # Numbered by schema, so that a new table renames no other table's file.
        number = 100 * (1 + SCHEMAS.index(contract.schema_name))
        name = f"{number}_{contract.schema_name}_{contract.table_name}.sql"
        files[DDL_DIR / name] = contract.trino_ddl()
    files[DICTIONARY] = _dictionary(contracts)
    return files


def stale_files(project: Path = PROJECT_DIR) -> list[Path]:
    """Return generated files that are missing, differ from the contracts, or have no contract."""
    expected = generated_files(load_all())
    stale = [
        path for path, text in expected.items() if not (project / path).is_file() or (project / path).read_text("utf-8") != text
    ]
    return sorted(stale + _unexpected_sql(project, expected))


def write_files(project: Path = PROJECT_DIR) -> list[Path]:
    """Bring every generated file in step with the contracts; return those that changed."""
    expected = generated_files(load_all())
    changed = stale_files(project)
    for path in changed:
        target = project / path
        if path in expected:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(expected[path], "utf-8")
        else:
            target.unlink()
    return changed


def _unexpected_sql(project: Path, expected: dict[Path, str]) -> list[Path]:
    return [path.relative_to(project) for path in (project / DDL_DIR).glob("*.sql") if path.relative_to(project) not in expected]


def _dictionary(contracts: list[TableContract]) -> str:
    sections = [DICTIONARY_HEAD]
    for schema in SCHEMAS:
        sections.append(f"## {schema}\n\n{SCHEMA_MEANINGS[schema]}\n")
        sections.extend(c.markdown() for c in contracts if c.schema_name == schema)
        if schema == "gold":
            sections.extend(view.markdown() for view in load_views())
    return "\n".join(sections)
