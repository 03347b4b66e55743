"""Leader election: one process at a time has a duty, another one after its lease."""

from serve.store.leader_leases import LEADER_LEASE_S, LeaderLeases


def test_one_process_is_the_leader_until_its_lease_expires() -> None:
    now = [100.0]
    leases = LeaderLeases(lambda: now[0])
    assert leases.acquire("scrub", "a") and not leases.acquire("scrub", "b")
    assert leases.acquire("notifications", "b")  # another duty
    now[0] += LEADER_LEASE_S - 1
    assert leases.acquire("scrub", "a")  # renewed
    now[0] += LEADER_LEASE_S - 1
    assert not leases.acquire("scrub", "b")
    now[0] += 2
    assert leases.acquire("scrub", "b") and not leases.acquire("scrub", "a")
