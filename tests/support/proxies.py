"""nginx and Caddy in front of a served office, started with the configurations that deploy/ ships."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.servers import free_port
from tests.support.missing import missing
from tests.support.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
NAMES = ("nginx", "caddy")
# As in Debian's nginx.conf, with files in the test's folder.
_NGINX = """
daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 768; }}
http {{
    access_log off; default_type application/octet-stream; sendfile on; tcp_nopush on;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {body}
}}
"""
# As root, nginx's workers change to another user, who may not write in the test's folder.
_USER = "user root;" if os.geteuid() == 0 else ""


def shipped_nginx(upstream: str, port: int) -> str:
    """The shipped server for https, without TLS, on a port of the loopback."""
    text = (DEPLOY / "nginx.conf").read_text()
    server = text[text.rindex("\nserver {") :]
    server = re.sub(r"^ +(listen|ssl_\w+) .*\n", "", server, flags=re.MULTILINE)
    server = server.replace("{", f"{{\n    listen 127.0.0.1:{port};", 1)
    return server.replace("127.0.0.1:8000", upstream)


def shipped_caddy(upstream: str, port: int) -> str:
    """The shipped Caddyfile, without TLS, on a port of the loopback."""
    text = (DEPLOY / "Caddyfile").read_text().replace("127.0.0.1:8000", upstream)
    text = text.replace("\n{\n", "\n{\n\tadmin off\n", 1)
    return text.replace("line.example.nl {", f"http://:{port} {{\n\tbind 127.0.0.1")


@contextmanager
def before(url: str, name: str, folder: Path) -> Iterator[str]:
    """Run the proxy `name` in front of a server until the block ends; yields the proxy's address."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or missing(name)
    folder.mkdir(exist_ok=True)
    port, upstream = free_port(), urlsplit(url).netloc
    if name == "nginx":
        file = folder / "nginx.conf"
        file.write_text(_USER + _NGINX.format(folder=folder, body=shipped_nginx(upstream, port)))
        command = [program, "-c", str(file)]
    else:
        file = folder / "Caddyfile"
        file.write_text(shipped_caddy(upstream, port))
        command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **homes}, stdout=log, stderr=log)
    try:
        wait_until(lambda: _listens(port), f"{name} to start: {folder / 'log'}", within_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
