"""JSON schemas of a cluster file: Ray's own, Dubarr's stricter one for keys, and one for what must stand in it, with advice.

Ray's own lets misspelt keys of providers and machines pass, and knows none of our commands.
"""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Json = dict[str, Any]

HEAD, WORKERS = "head_start_ray_commands", "worker_start_ray_commands"
PROVIDER_KEYS = ("type", "region", "availability_zone", "cache_stopped_nodes", "use_internal_ips", "head_ip", "worker_ips")
MACHINE_KEYS = ("InstanceType", "ImageId", "KeyName", "BlockDeviceMappings", "InstanceMarketOptions")  # of EC2
DUBARR_SCHEMA: Json = {
    "required": ["cluster_name", "provider", "auth", "file_mounts", "setup_commands", HEAD, WORKERS],
    "properties": {
        "cluster_name": {"pattern": "^[a-z][a-z0-9-]*$"},
        "provider": {
            "properties": {"type": {"enum": ["aws", "local"]}},
            "propertyNames": {"enum": list(PROVIDER_KEYS)},
            "if": {"properties": {"type": {"const": "local"}}},
            "then": {"required": ["head_ip"]},
            "else": {"required": ["region"]},
        },
        "auth": {"required": ["ssh_user"]},
        "available_node_types": {
            "additionalProperties": {
                "properties": {
                    "node_config": {"required": ["InstanceType", "ImageId"], "propertyNames": {"enum": list(MACHINE_KEYS)}}
                }
            }
        },
    },
}

TOKEN_PATH = "~/.ray/auth_token"  # noqa: S105 -- where Ray looks for it, not what it is
BOOTSTRAP_OPTION = "--autoscaling-config=~/ray_bootstrap_config.yaml"  # where `ray up` puts its file on the head


def _require_command(pattern: str, advice: str) -> Json:
    """A list in which one command matches a pattern. `description`: the way out where none does."""
    return {"contains": {"pattern": pattern}, "description": advice}


RAY_STOP = _require_command(
    "/dubarr ray stop", "say ./dubarr ray stop before the start, or a second `ray up` finds the first one's Ray"
)
CONTENT_SCHEMA: Json = {
    "properties": {
        "file_mounts": {"required": [TOKEN_PATH], "description": f"mount {TOKEN_PATH}, or the machines do not know each other"},
        "setup_commands": _require_command(
            r"echo 'ray\(\) \{.*/dubarr ray", "define ray() in ~/.bashrc as ./dubarr ray, or `ray down` leaves processes behind"
        ),
        HEAD: {
            "allOf": [
                RAY_STOP,
                _require_command(
                    rf"ray start --head --port=6379 .*{re.escape(BOOTSTRAP_OPTION)}",
                    f"say ./dubarr ray start --head --port=6379 {BOOTSTRAP_OPTION}",
                ),
                _require_command(
                    r"RAY_ADDRESS=auto \S+/dubarr serve .*--detach",
                    "end with RAY_ADDRESS=auto ./dubarr serve --detach, or nothing is served",
                ),
            ]
        },
        WORKERS: {
            "allOf": [
                RAY_STOP,
                _require_command(
                    r"ray start .*--address=\$RAY_HEAD_IP:6379", "say ./dubarr ray start --address=$RAY_HEAD_IP:6379"
                ),
            ]
        },
    },
    "if": {"properties": {"provider": {"properties": {"type": {"const": "local"}}}}},
    "then": {
        "not": {"anyOf": [{"required": ["available_node_types"]}, {"required": ["head_node_type"]}]},
        "description": "machines of one's own have no node types; take available_node_types and head_node_type out",
    },
    "else": {"required": ["available_node_types", "head_node_type"]},
}


def find_key_errors(cluster: Any) -> tuple[str, ...]:
    """Keys and values of a cluster file, as YAML has it, that Ray or Dubarr cannot read."""
    spec = find_spec("ray")
    folder = next(iter(spec.submodule_search_locations or ())) if spec else ""
    ray_schema = json.loads(Path(folder, "autoscaler", "ray-schema.json").read_text("utf-8"))
    return _find_errors(cluster, {"allOf": [ray_schema, DUBARR_SCHEMA]})


def find_content_errors(cluster: Any) -> tuple[str, ...]:
    """Commands, mounts and nodes that are missing from a cluster file whose keys are in order."""
    return _find_errors(cluster, CONTENT_SCHEMA)


def _find_errors(cluster: Any, schema: Json) -> tuple[str, ...]:
    """The key of each error, then its advice, or the error with the names that are allowed."""
    from jsonschema import Draft7Validator

    errors = Draft7Validator(schema).iter_errors(cluster)
    found = []
    for error in errors:
        key = ".".join(map(str, error.absolute_path)) or "the file"
        found.append(
            f"{key}: {error.schema['description'] if schema is CONTENT_SCHEMA and 'description' in error.schema else error.message}"
        )
    return tuple(found)
