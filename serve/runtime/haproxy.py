"""HAProxy's configuration: limits on connections and idle time, added to the configuration that Ray Serve writes.

Serve starts a program for HAProxy (`RAY_SERVE_HAPROXY_BINARY_PATH`): a shell script that `serve.runtime.ray_environment` writes. It runs this
module as a script over the configuration file, then becomes HAProxy. So this module imports the standard library alone.
"""

import math
import re
import resource
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_CONNECTIONS = 4_096  # at a time, if the limit on open files allows
MAX_CONNECTIONS_PER_ADDRESS = 512  # connections of one address (IPv6: one /64); a reverse proxy holds one or two per viewer
HEADER_TIMEOUT_S = 15  # from the first byte, or from accepting the connection, to the end of the headers
IDLE_TIMEOUT_S = 30  # without progress: a body that does not come, an answer that is not read
KEEP_ALIVE_TIMEOUT_S = 30  # between two requests
TUNNEL_TIMEOUT_S = 600  # a silent websocket; the server pings each every 20 s
SEND_BUFFER_BYTES = 128 << 10  # bytes per client connection: an answer that is not read stops early instead of filling megabytes

# HAProxy's own HTTP log format with the path alone instead of the request line: a query may hold an API key.
LOG_FORMAT = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %HM %HPO %HV"

FILES_PER_CONNECTION = 2.5  # client and server side, and half a pipe for splicing
RESERVED_FILES = 256  # listeners, health checks, log, libraries

AFFINITY_COOKIE = "dubarr-replica"

MARKER = "# rewritten by serve/runtime/haproxy.py"
REMOVED_SECTIONS = frozenset({"frontend prometheus", "listen stats"})  # they listen on every address without a password
FRONTEND = "frontend http_frontend"
SERVER_LINE = re.compile(r"(\s+server \S+ )(\S+):(\d+)(.*)")
LOOPBACK_NETWORKS = "127.0.0.0/8 ::1"


class UnknownConfiguration(ValueError):
    """Error: Ray Serve wrote a configuration of unknown form, which must not be served without limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on connections at a time: in all, of one address, of one network.

    `crowded`: the number from which on an address gets `when_crowded` at most, which keeps room for other addresses;
    `full`: the number from which on only this machine is served, its health checks above all.
    """

    connections: int
    per_address: int
    per_network: int
    crowded: int
    when_crowded: int
    full: int


def compute_limits(open_files: int) -> Limits:
    """Compute the limits under a limit on open files. `open_files`: the hard limit of the process, RLIM_INFINITY for none."""
    usable = math.inf if open_files == resource.RLIM_INFINITY else (open_files - RESERVED_FILES) / FILES_PER_CONNECTION
    connections = max(64, int(min(MAX_CONNECTIONS, usable)))
    return Limits(
        connections,
        per_address=min(MAX_CONNECTIONS_PER_ADDRESS, connections // 4),
        per_network=connections // 2,
        crowded=connections * 3 // 4,
        when_crowded=max(4, connections // 128),
        full=connections * 7 // 8,
    )


def add_limits(configuration: str, limits: Limits, sockets: Path | None = None) -> str:
    """Add our limits to the configuration, and remove Serve's open listeners. Idempotent. UnknownConfiguration.

    `sockets`: the folder in which servers listen on `server-PORT.sock`; servers without such a socket keep their address.
    """
    if configuration.startswith(MARKER):
        return configuration
    rewritten = list(_rewrite_lines(configuration.splitlines(), limits, sockets))
    lines = [MARKER, *_add_affinity(rewritten), *_build_tables()]
    if not any(line.strip().endswith("proto h1") for line in lines) or f"    maxconn {limits.connections}" not in lines:
        raise UnknownConfiguration(f"no listener in '{FRONTEND}', or no 'maxconn' in 'global'")
    return "\n".join(lines) + "\n"


def _rewrite_lines(lines: Sequence[str], limits: Limits, sockets: Path | None) -> Iterator[str]:
    section = ""
    for line in lines:
        if line[:1].isalpha():
            section = line.strip()
        if section in REMOVED_SECTIONS:
            continue
        words = line.split()
        if section == "global" and words[:1] == ["maxconn"]:
            yield f"    maxconn {limits.connections}"
            yield f"    tune.sndbuf.client {SEND_BUFFER_BYTES}"
        elif section == "global" and words[:2] == ["stats", "socket"]:
            yield line.replace("mode 666", "mode 600")
        elif line.strip() == "defaults":
            yield from (line, f"    timeout tunnel {TUNNEL_TIMEOUT_S}s")
        elif section == FRONTEND and words[:1] == ["bind"]:
            yield f"{line} proto h1"  # else a client may open a hundred streams of HTTP/2 within one connection
            yield from _build_frontend_rules(limits)
        elif (
            sockets and (server := SERVER_LINE.fullmatch(line)) and (path := build_socket_path(sockets, int(server[3]))).exists()
        ):
            yield f"{server[1]}unix@{path}{server[4]}"
        else:
            yield line


def _add_affinity(lines: Sequence[str]) -> Iterator[str]:
    """Add session affinity by a cookie to each backend of several servers: a dashboard's session lives in one ingress replica.

    Clients without cookies go to any of them; where the replica is gone, to another.
    """
    servers: dict[str, int] = {}
    section = ""
    for line in lines:
        section = line if line[:1].isalpha() else section
        servers[section] = servers.get(section, 0) + _is_replica(line)
    for line in lines:
        section = line if line[:1].isalpha() else section
        if servers[section] > 1 and _is_replica(line):
            yield f"{line} cookie {zlib.crc32(line.split()[1].encode()):08x}"
        else:
            yield line
        if line == section and servers[section] > 1:
            yield f"    cookie {AFFINITY_COOKIE} insert indirect nocache httponly attr SameSite=Lax"


def _is_replica(line: str) -> bool:
    return line.startswith("    server ") and not line.rstrip().endswith(" backup")


def _build_frontend_rules(limits: Limits) -> Iterator[str]:
    """Build the rules of the HTTP listener. They come first: Serve's own rules answer some paths."""
    rules = f"""
    timeout http-request {HEADER_TIMEOUT_S}s
    timeout client {IDLE_TIMEOUT_S}s
    timeout client-fin {IDLE_TIMEOUT_S}s
    timeout http-keep-alive {KEEP_ALIVE_TIMEOUT_S}s
    option http-ignore-probes
    log-format "{LOG_FORMAT}"
    tcp-request connection track-sc0 src,ipmask(32,64) table dubarr_addresses
    tcp-request connection track-sc1 src,ipmask(8,128) table dubarr_networks if {{ src {LOOPBACK_NETWORKS} }}
    tcp-request connection track-sc1 src,ipmask(24,48) table dubarr_networks
    tcp-request connection reject if {{ sc0_conn_cur(dubarr_addresses) gt {limits.per_address} }}
    tcp-request connection reject if {{ sc1_conn_cur(dubarr_networks) gt {limits.per_network} }}
    tcp-request connection reject if {{ fe_conn gt {limits.crowded} }} {{ sc0_conn_cur(dubarr_addresses) gt {limits.when_crowded} }}
    tcp-request connection reject if {{ fe_conn gt {limits.full} }} !{{ src {LOOPBACK_NETWORKS} }}
    # Serve's own routes would answer without a password; its health checks ask the replica's own listener.
    http-request return status 404 if {{ path,url_dec -m beg /-/ }}
    # The client's address as we see it, for the log; Serve's own headers would turn its timeouts off.
    http-request set-header X-Forwarded-For %[src]
    http-request del-header x-request-disconnect-disabled
    http-request del-header x-request-timeout-seconds
    # Serve would watch for a disconnect by reading the body ahead, without a bound; so the app reads bodies itself (back-pressure).
    http-request set-header x-request-disconnect-disabled ?1 if {{ req.fhdr_cnt(content-length) gt 0 }}
    http-request set-header x-request-disconnect-disabled ?1 if {{ req.fhdr_cnt(transfer-encoding) gt 0 }}
"""
    return iter(rules.strip("\n").splitlines())


def _build_tables() -> Iterator[str]:
    for name in ("dubarr_addresses", "dubarr_networks"):
        yield f"backend {name}"
        yield "    stick-table type ipv6 size 100k expire 5m store conn_cur"


def build_socket_path(folder: Path, port: int) -> Path:
    """Build the path of the UNIX socket of a server that, for Serve, listens on `port`."""
    return folder / f"server-{port}.sock"


def rewrite_file(path: Path, sockets: Path) -> None:
    """Rewrite the configuration file in place, with the limits that this process's limit on open files allows."""
    limits = compute_limits(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    path.write_text(add_limits(path.read_text(encoding="utf-8"), limits, sockets), encoding="utf-8")


if __name__ == "__main__":
    try:
        rewrite_file(Path(sys.argv[1]), Path(sys.argv[2]))
    except UnknownConfiguration as error:
        sys.exit(f"Ray Serve wrote HAProxy a configuration of another form than was tried ({error}); install the pinned version")
