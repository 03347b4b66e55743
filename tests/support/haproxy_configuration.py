"""A configuration of HAProxy in the form that Ray Serve writes."""

from pathlib import Path

SERVED = """global
    log 127.0.0.1:9 local0 info
    stats socket {folder}/admin.sock mode 666 level admin expose-fd listeners
    maxconn 4096
    nbthread 2
    tune.bufsize 16384
defaults
    mode http
    timeout connect 5s
    timeout client 3600s
    timeout http-keep-alive 90s
    option abortonclose
frontend prometheus
    bind :9101
    http-request use-service prometheus-exporter if {{ path /metrics }}
frontend http_frontend
    bind 127.0.0.1:{port}
    acl healthcheck path -i /-/healthz
    http-request return status 200 content-type text/plain string "success" if healthcheck
    acl routes path -i /-/routes
    http-request return status 200 content-type application/json string "tells" if routes
    use_backend http-dubarr if {{ path_beg / }}
backend http-dubarr
    default-server fastinter 250ms downinter 250ms fall 2 rise 2 inter 5s
    server SERVE_REPLICA 127.0.0.1:{server_port}
    server SERVE_PROXY_ACTOR 127.0.0.1:9 backup
listen stats
  bind *:8404
  stats enable
"""


def served(folder: Path = Path("/folder"), port: int = 18_999, server_port: int = 20_003) -> str:
    """The configuration of a service with one ingress replica."""
    return SERVED.format(folder=folder, port=port, server_port=server_port)
