"""The worker's own small web server: is it alive, is it ready (and if not, why not), and its figures.

/livez answers while the event loop turns. /readyz answers 200 once every lane that this worker was given has recovered,
else 503 with the reasons in words. /metrics is for Prometheus.
"""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable

import structlog
from aiohttp import web
from mode import Service
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

log = structlog.get_logger()


class CannotListen(Exception):
    """The pages cannot have the address they were given; says why."""


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket bound to that address, port 0 being any free one; raises CannotListen."""
    try:
        return socket.create_server((host, port), family=_family(host))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            advice = "choose another with LEAD_ROUTER_WEB_PORT, or 0 for any"
            raise CannotListen(f"port {port} on {host} is taken; {advice}") from None
        raise CannotListen(f"cannot listen on port {port} of {host}: {error.strerror}") from None


def _family(host: str) -> socket.AddressFamily:
    """Returns the address family that a host's text shows."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Health(Service):
    """Serves the three pages on a bound socket."""

    logger = logging.getLogger("mode")

    def __init__(
        self, bound: socket.socket, reasons: Callable[[], list[str]], registry: CollectorRegistry
    ) -> None:
        super().__init__()
        self._bound = bound
        self._reasons = reasons
        self._registry = registry
        app = web.Application()
        app.router.add_get("/livez", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)

    async def on_start(self) -> None:
        """Begins to answer."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._bound).start()
        host, port = self._bound.getsockname()[:2]
        log.info("listening", host=host, port=port)

    async def on_stop(self) -> None:
        """Answers no more."""
        await self._runner.cleanup()

    async def _alive(self, _request: web.Request) -> web.Response:
        """Answers as long as the event loop turns."""
        return web.json_response({"alive": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        """Answers 200, or 503 and why not."""
        reasons = self._reasons()
        status = 503 if reasons else 200
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=status)

    async def _metrics(self, _request: web.Request) -> web.Response:
        """Answers with the figures in Prometheus' text format."""
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
