"""The manifest for Kubernetes: its shape, and that its parts fit each other. It is never applied here."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from pipeline.settings import Settings
from serve import profile_loader

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def manifest() -> dict[tuple[str, str], dict]:
    parts = yaml.safe_load_all((ROOT / "ray_cluster_kubernetes.yaml").read_text())
    return {(part["kind"], part["metadata"]["name"]): part for part in parts}


@pytest.fixture(scope="module")
def pods(manifest) -> dict[str, dict]:
    """Name of the group → the pod's spec."""
    spec = manifest["RayCluster", "dubarr"]["spec"]
    groups = {group["groupName"]: group for group in spec["workerGroupSpecs"]} | {"head": spec["headGroupSpec"]}
    return {name: group["template"]["spec"] for name, group in groups.items()}


def test_every_setting_is_one_of_ours(manifest):
    assert manifest["ConfigMap", "dubarr"]["data"].keys() <= {f.metadata["env"] for f in fields(Settings)}
    assert all(isinstance(value, str) for value in manifest["ConfigMap", "dubarr"]["data"].values())


def test_every_pod_has_the_settings_and_the_shared_storage_and_the_head_alone_the_database(manifest, pods):
    claims = {name for kind, name in manifest if kind == "PersistentVolumeClaim"}
    for name, pod in pods.items():
        container = pod["containers"][0]
        assert container["envFrom"] == [{"configMapRef": {"name": "dubarr"}}, {"secretRef": {"name": "dubarr"}}]
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounted["shared"] == "/mnt/dubarr"
        assert ("database" in mounted) == (name == "head")
        assert mounted.keys() == {volume["name"] for volume in pod["volumes"]}
        assert {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"]} <= claims


def test_the_places_lie_where_they_are_mounted(manifest):
    data = manifest["ConfigMap", "dubarr"]["data"]
    shared = ("DATA_DIR", "VIDEOS_DIR", "LOGS_DIR", "MODELS_DIR", "LIBRARY_ROOTS")
    assert all(data[name].startswith("/mnt/dubarr/") for name in shared)
    assert data["DATABASE"].startswith("/var/lib/dubarr/")


def test_what_the_profile_pins_engines_to_is_declared_by_nodes(manifest):
    profile = profile_loader.read_profile(manifest["ConfigMap", "dubarr"]["data"]["PROFILE"])
    groups = manifest["RayCluster", "dubarr"]["spec"]["workerGroupSpecs"]
    declared = {name for group in groups for name in yaml.safe_load(yaml.safe_load(group["rayStartParams"]["resources"]))}
    shares = [share.resources for share in profile.roles().values()] + [profile.language_model.resources]
    assert {name for share in shares for name in share if not name.startswith("node:")} == declared
    assert all(group["minReplicas"] == 0 for group in groups)


def test_the_version_of_ray_is_the_one_that_is_pinned(manifest):
    assert f"ray=={manifest['RayCluster', 'dubarr']['spec']['rayVersion']}\n" in (ROOT / "constraints.txt").read_text()


def test_the_service_finds_the_head(manifest):
    assert manifest["Service", "dubarr"]["spec"]["selector"] == {"ray.io/cluster": "dubarr", "ray.io/node-type": "head"}


def test_the_head_is_probed_where_the_service_answers_without_a_password(pods):
    from serve.auth.scopes import PUBLIC_ROUTES

    head = pods["head"]["containers"][0]
    probes = {name: head[name] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    ports = {port["name"] for port in head["ports"]}
    for probe in probes.values():
        assert f"GET {probe['httpGet']['path']}" in PUBLIC_ROUTES and probe["httpGet"]["port"] in ports
        assert probe.get("timeoutSeconds", 5) > 1, "a check may take a second"
    assert [probe["httpGet"]["path"] for probe in probes.values()] == ["/livez", "/livez", "/readyz"]
    assert probes["startupProbe"]["periodSeconds"] * probes["startupProbe"]["failureThreshold"] >= 600
