"""Who is let in by Trino over which door, tried with whole statements: natively plain http for two readers, https for everybody.

In containers plain http is for Trino's nodes, on a network that is not published: tests/compose/test_access_inside.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from trino.dbapi import Cursor
from trino.exceptions import TrinoQueryError

from include import lakehouse
from include.contracts import load_all
from include.paths import PROJECT_ROOT
from include.settings import Settings
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

SELECT_USER = "SELECT current_user"


class Client:
    """Trino's protocol by hand, to send what a client library would not."""

    def __init__(self, settings: Settings, scheme: str) -> None:
        self.base = f"{scheme}://{settings.trino_host}:{settings.trino_ports[scheme][1]}"
        self.session = requests.Session()
        self.session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
        self.session.headers["Connection"] = "close"  # it closes one after a refusal, which the next request may find too late
        self.session.verify = str(settings.trino_authority)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request; redirects are answers too."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        return self.session.request(method, url, timeout=30, allow_redirects=False, **more)

    def statement(self, user: str, sql: str = SELECT_USER, password: str | None = None, **headers: str) -> Any:
        """The first value of a statement's answer, the name of its error, or the status of a refused request."""
        asked: dict[str, Any] = {"headers": {"X-Trino-User": user} | {name.replace("_", "-"): headers[name] for name in headers}}
        if password is not None:
            asked["auth"] = (asked["headers"].pop("login", user), password)
        answer = self.send("POST", "/v1/statement", data=sql, **asked)
        value = None
        while answer.status_code == 200:
            page = answer.json()
            value = page["data"][0][0] if page.get("data") else value
            if "error" in page:
                return page["error"]["errorName"]
            if "nextUri" not in page:
                return value
            answer = self.send("GET", page["nextUri"], **asked)
        return answer.status_code


@pytest.fixture(scope="module")
def https(stack: Stack) -> Client:
    return Client(stack.settings, "https")


@pytest.fixture(scope="module")
def http(stack: Stack) -> Client:
    """Plain http, where it is for people."""
    if stack.settings.trino_scheme == "https":
        pytest.skip("in containers plain http is published nowhere")
    return Client(stack.settings, "http")


@pytest.fixture
def running(stack: Stack) -> Iterator[Cursor]:
    """A query of the administrator that runs until its client fetches the rest; it waits without working."""
    cursor = lakehouse.connect(stack.settings, "login-test", "admin").cursor()
    cursor.execute("SELECT n FROM TABLE(sequence(1, 1000000000)) t(n)")
    yield cursor
    cursor.cancel()


@pytest.mark.parametrize("user", lakehouse.USERS)
def test_over_https_a_user_is_who_has_the_password(stack: Stack, https: Client, user: str) -> None:
    password = lakehouse.password(stack.settings, user)
    other = lakehouse.password(stack.settings, "admin" if user != "admin" else "analyst")

    assert https.statement(user, password=password) == user
    assert https.statement(user, password=other) == 401
    assert https.statement(user, password="") == 401
    assert https.statement(user) == 401


@pytest.mark.parametrize("user", lakehouse.USERS)
def test_over_http_readers_come_in_and_passwords_do_not(stack: Stack, http: Client, user: str) -> None:
    assert http.statement(user) == (user if user in lakehouse.WITHOUT_PASSWORD else 401)
    assert http.statement(user, password=lakehouse.password(stack.settings, user)) == 401


@pytest.mark.parametrize("name", ["nobody", "analyst2", "Analyst", "xanalyst", "analyst|admin", "analyst\\admin"])
def test_over_http_no_other_name_comes_in(http: Client, name: str) -> None:
    assert http.statement(name) == 401


@pytest.mark.parametrize("login", lakehouse.WITHOUT_PASSWORD)
def test_who_came_in_is_nobody_else(stack: Stack, https: Client, login: str) -> None:
    client, password = (https, lakehouse.password(stack.settings, login))
    if stack.settings.trino_scheme == "http":
        client, password = Client(stack.settings, "http"), ""

    for other in ("admin", "etl", "fetch"):
        refused = {401, "PERMISSION_DENIED"}
        assert client.statement(other, password=password, login=login) in refused
        assert client.statement(other, password=password or None, X_Trino_Original_User=login) in refused
        becomes = {"password": password or None, "X_Trino_Client_Capabilities": "SESSION_AUTHORIZATION"}
        assert client.statement(login, f"SET SESSION AUTHORIZATION '{other}'", **becomes) == "PERMISSION_DENIED"


def test_a_request_does_not_make_itself_one_over_https(http: Client) -> None:
    assert http.statement("admin", X_Forwarded_Proto="https") in {401, 406}
    assert http.statement("analyst", X_Forwarded_Proto="https") == 406


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_web_ui_lets_nobody_in_who_kills_anothers_query(stack: Stack, running: Cursor, scheme: str) -> None:
    settings = stack.settings
    if scheme == "http" and settings.trino_scheme == "https":
        pytest.skip("in containers plain http is published nowhere")
    ui, query = Client(settings, scheme), running.query_id

    for name in ("admin", "etl", "nobody"):
        ui.send("POST", "/ui/login", data={"username": name, "password": ""})
        assert query not in ui.send("GET", "/ui/api/query").text
        assert ui.send("GET", f"/ui/api/query/{query}").status_code in {302, 303, 401, 403}
        for what in ("killed", "preempted"):
            assert ui.send("PUT", f"/ui/api/query/{query}/{what}", data="no").status_code in {302, 303, 401, 403, 404, 405}
    assert Client(settings, "https").send("GET", f"/v1/query/{query}", **as_user(settings, "admin")).json()["state"] == "RUNNING"


def as_user(settings: Settings, user: str) -> dict[str, Any]:
    """How a user asks over https."""
    return {"auth": (user, lakehouse.password(settings, user)), "headers": {"X-Trino-User": user}}


@pytest.mark.parametrize("user", ["analyst", "fetch", "probe"])
def test_a_readers_query_shows_no_secret_and_others_queries_are_hidden(
    stack: Stack, https: Client, running: Cursor, user: str
) -> None:
    # CVE-2026-34214: the JSON of a query held what the catalog writes with.
    own = as_user(stack.settings, user)
    columns = "count(*)" if user != "probe" else "1"
    source = {"analyst": " FROM gold.daily_plant_kpi", "fetch": " FROM bronze.api_requests", "probe": ""}[user]
    own["headers"]["X-Trino-Catalog"] = lakehouse.READ_ONLY_CATALOG
    page = https.send("POST", "/v1/statement", data=f"SELECT {columns}{source}", **own).json()
    said, query = str(page), page["id"]
    while "nextUri" in page:
        page = https.send("GET", page["nextUri"], **own).json()
        said += str(page)
    asked = [https.send("GET", path, **own) for path in (f"/v1/query/{query}", f"/v1/query/{query}?pruned=true", "/v1/query")]
    said += "".join(answer.text for answer in asked)

    assert "error" not in page and [answer.status_code for answer in asked] == [200, 200, 200]
    assert [name for name, value in stack.secrets().items() if value and value in said] == []
    assert "secret" not in said.lower() and "credential" not in said.lower()
    assert running.query_id not in said
    for method in ("GET", "DELETE"):
        assert https.send(method, f"/v1/query/{running.query_id}", **own).status_code == 403
    assert https.send("PUT", f"/v1/query/{running.query_id}/killed", data="no", **own).status_code == 403


@pytest.mark.parametrize(
    ("user", "sql"),
    [
        ("analyst", "SELECT * FROM system.runtime.nodes"),
        ("analyst", "SELECT * FROM system.metadata.catalogs"),
        ("analyst", "SELECT * FROM system.metadata.table_properties"),
        ("analyst", "CREATE TABLE lakehouse.gold.mine AS SELECT 1 AS a"),
        ("analyst", "CREATE FUNCTION lakehouse.gold.mine() RETURNS bigint RETURN 1"),
        ("analyst", "SELECT * FROM TABLE(lakehouse.system.table_changes('bronze', 'api_requests', 1, 2))"),
        ("probe", "SELECT * FROM lakehouse.gold.daily_plant_kpi"),
        ("probe", "SELECT * FROM system.runtime.queries"),
        ("probe", "SET SESSION query_max_run_time = '1d'"),
        ("probe", "SHOW CREATE TABLE lakehouse.gold.daily_plant_kpi"),
        ("probe", "CALL system.runtime.kill_query('20250101_000000_00000_aaaaa', 'no')"),
        ("fetch", "SELECT * FROM TABLE(lakehouse.system.table_changes('gold', 'daily_plant_kpi', 1, 2))"),
    ],
)
def test_what_a_reader_has_no_need_of_is_refused(stack: Stack, user: str, sql: str) -> None:
    cursor = lakehouse.connect(stack.settings, "login-test", user).cursor()

    with pytest.raises(TrinoQueryError) as refused:
        cursor.execute(sql).fetchall()

    assert refused.value.error_name == "PERMISSION_DENIED"


def test_an_analyst_sees_the_comments_of_what_he_reads_and_of_no_other_table(stack: Stack) -> None:
    cursor = lakehouse.connect(stack.settings, "login-test", lakehouse.ANALYST).cursor()

    cursor.execute("SELECT catalog_name, schema_name, table_name, comment FROM system.metadata.table_comments")
    seen = {(catalog, f"{schema}.{table}"): comment for catalog, schema, table, comment in cursor.fetchall()}

    read = {contract.name: contract.description for contract in load_all() if contract.schema_name in ("silver", "gold")}
    assert {name: seen.get(("lakehouse", name)) for name in read} == read
    schemas = {name.split(".")[0] for catalog, name in seen if catalog == "lakehouse"}
    assert {catalog for catalog, _ in seen} == {"lakehouse", "system"} and schemas == {"silver", "gold", "information_schema"}


def test_an_analyst_reads_the_days_whose_hours_are_of_the_same_publication(recorded_week: Stack) -> None:
    connection = lakehouse.connect(recorded_week.settings, "pv-lakehouse-tests", lakehouse.ANALYST)
    counted = "SELECT count(*) FROM gold.daily_plant_kpi{} WHERE ds BETWEEN DATE '2025-01-01' AND DATE '2025-01-07'"
    ((consistent,),), ((every,),) = (connection.cursor().execute(counted.format(end)).fetchall() for end in ("_consistent", ""))
    assert consistent == every > 0


def test_the_readmes_example_for_the_analyst_runs(recorded_week: Stack) -> None:
    settings = recorded_week.settings
    if settings.trino_scheme == "https":
        pytest.skip("in containers it is another one")
    section = (PROJECT_ROOT / "README.md").read_text().split("## For the analyst\n")[1].split("\n## ")[0]
    (example,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    names: dict[str, Any] = {}

    exec(example.replace("port=8080", f"port={settings.trino_port}"), names)  # noqa: S102  the README's own text

    assert names["cursor"].fetchall()
