"""The files for Kubernetes: valid, a pod that Airflow accepts, and consistent with docker-compose.yml."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import yaml

from redaction.settings import Settings
from tests.checkout import ROOT


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """The values for the chart."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "values.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def pod() -> dict[str, Any]:
    """The pod of a task."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "pod-template.yaml").read_text())
    return found


def test_the_pod_is_one_that_the_executor_takes(pod: dict[str, Any]) -> None:
    assert (pod["apiVersion"], pod["kind"], pod["spec"]["restartPolicy"]) == ("v1", "Pod", "Never")
    # It fills in only the container of this name.
    (base,) = pod["spec"]["containers"]
    assert base["name"] == "base"
    mounted = {mount["name"] for mount in base["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}


def test_it_has_nobodys_rights(pod: dict[str, Any], values: dict[str, Any]) -> None:
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"] == values["securityContexts"]["pod"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert f"--uid {pod['spec']['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text()
    (base,) = pod["spec"]["containers"]
    assert base["securityContext"] == values["securityContexts"]["containers"]


def test_image_and_settings_are_those_of_compose(pod: dict[str, Any], values: dict[str, Any]) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-airflow"]
    (base,) = pod["spec"]["containers"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert base["image"] == ":".join(values["images"]["airflow"].values()) == f"redaction:{version}"
    assert compose["image"].startswith("redaction:${VERSION:?")
    given = {one["name"]: one["value"] for one in base["env"]}
    bundles = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
    for name in (bundles, "GX_ANALYTICS_ENABLED"):
        assert given[name] == compose["environment"][name]
    assert json.loads(given[bundles]) == values["dagProcessor"]["dagBundleConfigList"]
    for name, value in values["config"]["core"].items():
        if name == "load_examples":
            assert compose["environment"][f"AIRFLOW__CORE__{name.upper()}"] == value


@pytest.mark.parametrize("place", ["compose", "pod", "values"])
def test_every_setting_that_is_named_is_one(place: str, pod: dict[str, Any], values: dict[str, Any]) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-airflow"]["environment"]
    names = {
        "compose": list(compose),
        "pod": [one["name"] for one in pod["spec"]["containers"][0]["env"]],
        "values": [one["name"] for one in values["env"]],
    }[place]
    ours = [name.removeprefix("REDACTION_").lower() for name in names if name.startswith("REDACTION_")]
    assert ours
    assert set(ours) <= set(Settings.model_fields)


def test_only_the_pod_of_init_knows_the_owner(pod: dict[str, Any], values: dict[str, Any]) -> None:
    (init,) = yaml.safe_load((ROOT / "deploy" / "init-job.yaml").read_text())["spec"]["template"]["spec"]["containers"]
    (base,) = pod["spec"]["containers"]
    assert init["image"] == base["image"]
    assert [one["secretRef"]["name"] for one in init["envFrom"]] == ["redaction", "redaction-owner"]
    assert [one["secretRef"]["name"] for one in base["envFrom"]] == ["redaction"]
    assert "redaction-owner" not in values["extraEnvFrom"]
    names = [one["name"] for one in (*base["env"], *values["env"])]
    assert not [name for name in names if "OWNER" in name]


def test_no_secret_is_in_them() -> None:
    for name in ("values.yaml", "pod-template.yaml", "init-job.yaml"):
        text = (ROOT / "deploy" / name).read_text()
        assert "postgresql://" not in text
        assert "password" not in text.lower()
