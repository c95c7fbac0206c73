"""prefect.yaml: every deployment loads, takes its parameters, and can be deployed as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.flows import load_flow_from_entrypoint

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS: Mapping[str, dict] = {
    deployment["name"]: deployment for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
}
GIVEN = {"feedback": {"scores": [{"call_id": "c", "score": 1, "scored_by": "anna"}]}}  # what has no default


def test_every_part_of_the_loop_has_a_deployment() -> None:
    assert list(DEPLOYMENTS) == ["run-job", "land", "validate", "watch", "reweigh", "feedback"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_names_a_flow_that_takes_its_parameters(name: str) -> None:
    deployment = DEPLOYMENTS[name]
    file, _, function = deployment["entrypoint"].partition(":")
    flow = load_flow_from_entrypoint(f"{ROOT / file}:{function}", use_placeholder_flow=False)
    assert flow.name == name
    flow.validate_parameters(deployment.get("parameters", {"request": GIVEN.get(name)}))


@pytest.mark.parametrize("name", [name for name in DEPLOYMENTS if "parameters" in DEPLOYMENTS[name]])
def test_a_deployment_refuses_a_parameter_that_it_does_not_know(name: str) -> None:
    from prefect.exceptions import ParameterTypeError

    file, _, function = DEPLOYMENTS[name]["entrypoint"].partition(":")
    flow = load_flow_from_entrypoint(f"{ROOT / file}:{function}", use_placeholder_flow=False)
    request = {**DEPLOYMENTS[name]["parameters"]["request"], "unheard_of": 1}
    with pytest.raises(ParameterTypeError, match="unheard_of"):
        flow.validate_parameters({"request": request})


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_is_described_and_runs_one_at_a_time(name: str) -> None:
    deployment = DEPLOYMENTS[name]
    assert deployment["description"]
    assert name in deployment["tags"]
    assert deployment["work_pool"] == {"name": "pointsman"}
    assert deployment["concurrency_limit"]["limit"] == 1


@pytest.mark.parametrize("name", [name for name in DEPLOYMENTS if name != "feedback"])
def test_a_deployment_runs_by_the_clock_in_utc_unless_people_start_it(name: str) -> None:
    (schedule,) = DEPLOYMENTS[name]["schedules"]
    if "cron" in schedule:
        assert CronSchedule(**schedule).timezone == "UTC"
    else:
        assert IntervalSchedule(**schedule).interval.total_seconds() >= 60


@pytest.mark.prefect
def test_prefect_deploys_the_file_as_it_stands(prefect_server: None) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    with get_client(sync_client=True) as client:
        client.request("POST", "/work_pools/", json={"name": "pointsman", "type": "process"})
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
        environment = {**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value()}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        deployed = {one.name: one for one in client.read_deployments()}
    assert set(deployed) == set(DEPLOYMENTS)
    strategies = {name: one.concurrency_options.collision_strategy.value for name, one in deployed.items()}
    assert strategies == dict.fromkeys(("run-job", "feedback"), "ENQUEUE") | dict.fromkeys(
        ("land", "validate", "watch", "reweigh"), "CANCEL_NEW"
    )
    assert all(one.work_pool_name == "pointsman" for one in deployed.values())
    assert all(one.schedules[0].active for name, one in deployed.items() if name != "feedback")
