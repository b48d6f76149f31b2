"""compose.yaml: it starts what is documented, in containers that can write nowhere but to their volumes."""

import re
from typing import Any

import pytest
import yaml

from config.env_file import PREFIX
from config.settings import Settings
from tests.architecture.tree import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate", "web", "work", "sentinel"}


def test_it_runs_a_database_one_that_serves_two_that_work_and_one_that_watches() -> None:
    commands = {name: " ".join(SERVICES[name]["command"]) for name in OURS}
    assert commands == {"migrate": "db upgrade", "web": "run --web", "work": "run --work", "sentinel": "sentinel"}
    assert SERVICES["work"]["deploy"] == {"replicas": 2}
    assert int(re.findall(r"postgres:(\d+)", SERVICES["database"]["image"])[0]) >= 16
    assert set(SERVICES) == OURS | {"database"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_writes_to_its_volumes_alone_and_gains_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    written = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert {volume.split(":")[0] for volume in written} <= set(COMPOSE["volumes"])


def test_nothing_works_on_a_database_that_is_not_up_to_date() -> None:
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_only_this_machine_reaches_the_port_and_only_the_file_of_settings_holds_secrets() -> None:
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == ["127.0.0.1:8000:8000"]
    given = re.findall(r"PASSWORD: (\S+)|://\w+:([^@\s]+)", (ROOT / "compose.yaml").read_text())
    assert ["".join(password) for password in given] == ["${POSTGRES_PASSWORD:?it"] * 2


def test_the_example_of_its_settings_names_settings_that_there_are() -> None:
    lines = (ROOT / "docs" / "examples" / "compose.env").read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {"POSTGRES_PASSWORD"}
    assert "POSTGRES_PASSWORD" in names
    assert [name for name in names if name not in known] == []
