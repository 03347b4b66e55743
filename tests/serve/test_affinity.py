"""Calls that read a whole film's sound stay on their caller's machine while there is room: two nodes in Ray's books."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# A cluster of its own in a process of its own, which is a driver on the head.
CHILD = """
import json, time
from ray.cluster_utils import Cluster

small = {"num_cpus": 4, "include_dashboard": False, "object_store_memory": 100 << 20}
cluster = Cluster(initialize_head=True, head_node_args=small)
cluster.add_node(**{name: value for name, value in small.items() if name != "include_dashboard"})

import ray
from ray import serve
from serve.runtime.ray_patches import prefer_own_machine

ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")

@serve.deployment(num_replicas=2, max_replicas_per_node=1, max_ongoing_requests=2, ray_actor_options={"num_cpus": 0.5})
class Engine:
    def call(self, seconds):
        time.sleep(seconds)
        return ray.get_runtime_context().get_node_id()

def nodes(handle, calls, seconds, *, together):
    if together:
        return [answer.result() for answer in [handle.call.remote(seconds) for _ in range(calls)]]
    return [handle.call.remote(seconds).result() for _ in range(calls)]

serve.start(proxy_location="Disabled")
for name in ("any", "near"):  # an application each: all handles of one have the same preference
    serve.run(Engine.bind(), name=name, route_prefix=None)
any_machine, near = serve.get_app_handle("any"), serve.get_app_handle("near")
prefer_own_machine(near)
seen = {
    "here": ray.get_runtime_context().get_node_id(),
    "any": nodes(any_machine, 20, 0.0, together=False),
    "near": nodes(near, 20, 0.0, together=False),
    "many": nodes(near, 8, 0.5, together=True),
}
print("seen", json.dumps(seen))
serve.shutdown()
ray.shutdown()
cluster.shutdown()
"""


def test_a_handle_that_prefers_its_own_machine_leaves_it_only_where_it_is_full(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(root), "RAY_AUTH_MODE": "disabled"}
    answer = subprocess.run([sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, timeout=200)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]
    seen = json.loads(next(line.removeprefix("seen ") for line in answer.stdout.splitlines() if line.startswith("seen ")))
    assert set(seen["near"]) == {seen["here"]}
    assert len(set(seen["any"])) == 2, "without the preference calls go anywhere"
    assert len(set(seen["many"])) == 2, "what has no room there goes elsewhere"
