"""The network between callers, hosts and database: TCP connections that can be cut, held and delayed.

Run as a program, it reads one JSON command a line from standard input. `Wires` starts it and sends the commands.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.servers import free_port

_ROOT = Path(__file__).parent.parent


class _End(asyncio.Protocol):
    """One side of a connection. What arrives is sent on by the other side, in order, after the wire's delay."""

    def __init__(self, wire: "_Wire", other: "_End | None" = None) -> None:
        self.wire, self.other = wire, other
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []  # until this side is connected, and while the wire is held
        self._last_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.wire.ends.add(self)
        if self.other is None:
            self.wire.lead_on(self)
        self.flush()

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            return
        loop = asyncio.get_running_loop()
        self._last_at = max(loop.time() + self.wire.delay_s, self._last_at)
        if self._last_at > loop.time():
            loop.call_at(self._last_at, self.other.send, data)
        else:
            self.other.send(data)

    def send(self, data: bytes) -> None:
        """Send it now, or once the wire is no longer held."""
        self.waiting.append(data)
        self.flush()

    def flush(self) -> None:
        if self.transport is not None and not self.wire.is_held:
            self.transport.writelines(self.waiting)
            self.waiting.clear()

    def connection_lost(self, error: Exception | None) -> None:
        self.wire.ends.discard(self)
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class _Wire:
    """A port that leads to the first of its targets that accepts a connection, beginning with the next in turn."""

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets, self.ends = list(targets), set[_End]()
        self.leads_to: dict[_End, int] = {}
        self.delay_s, self.is_cut, self.is_held = 0.0, False, False
        self._turn = itertools.count()
        self._tasks = set[asyncio.Task[None]]()

    def lead_on(self, end: _End) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, end: _End) -> None:
        targets, first = list(self.targets), next(self._turn)
        end.other = other = _End(self, end)
        for n in range(len(targets)):
            port = targets[(first + n) % len(targets)]
            if self.is_cut:
                break
            try:
                await asyncio.get_running_loop().create_connection(lambda: other, "127.0.0.1", port)
            except OSError:
                continue
            self.leads_to[other] = port
            return
        end.cut()

    def change(self, *, delay_s: float, cut: bool, held: bool) -> None:
        self.delay_s, self.is_cut, self.is_held = delay_s, cut, held
        for end in list(self.ends):
            end.cut() if cut else end.flush()

    def route(self, targets: Sequence[int]) -> None:
        self.targets = list(targets)
        for end, port in list(self.leads_to.items()):
            if end not in self.ends:
                del self.leads_to[end]
            elif port not in self.targets:
                end.cut()


async def _serve() -> None:
    loop, wires = asyncio.get_running_loop(), dict[str, _Wire]()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        said = json.loads(line)
        name = said.pop("name")
        if "port" in said:
            wire = wires[name] = _Wire(said["targets"])
            await loop.create_server(partial(_End, wire), "127.0.0.1", said["port"], backlog=512)
        elif "targets" in said:
            wires[name].route(said["targets"])
        else:
            wires[name].change(**said)
        print("done", flush=True)


class Wires:
    """The program with the wires, until `close`."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "chaos.wires"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
        )
        self._one_at_a_time = threading.Lock()

    def open(self, name: str, *targets: int) -> int:
        """A wire to these ports of this machine; returns its own port."""
        port = free_port()
        self._say({"name": name, "port": port, "targets": targets})
        return port

    def change(self, name: str, *, delay_s: float = 0.0, cut: bool = False, held: bool = False) -> None:
        """Set a wire. delay_s: of each message; cut: connections are reset and refused; held: they stay open, and
        nothing passes."""
        self._say({"name": name, "delay_s": delay_s, "cut": cut, "held": held})

    def route(self, name: str, targets: Sequence[int]) -> None:
        """Lead a wire to other ports; its connections to the rest are cut."""
        self._say({"name": name, "targets": targets})

    def _say(self, command: dict[str, object]) -> None:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        with self._one_at_a_time:
            self._program.stdin.write(json.dumps(command).encode() + b"\n")
            self._program.stdin.flush()
            self._program.stdout.readline()

    def close(self) -> None:
        """End the program, and with it every connection."""
        self._program.kill()
        self._program.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
