"""nginx in front of services: TLS for every name of the lab, its own configuration, nothing outside its folder."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.ports import free_ports

NAMES = (
    *("shop.example", "*.shop.example", "page.example", "localhost"),
    *("shop.onrender.com", "shop-pr-12.onrender.com", "shop.vercel.app"),
)
"""The names that the certificate is for. Every one of them leads to the service, and its / is an empty page."""
_CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=shop:1m;
    proxy_set_header Host $http_host;
    proxy_buffer_size 32k;
    proxy_buffers 8 32k;
{beside}
{servers}
}}
"""
_SERVER = """
    upstream {upstream} {{
{instances}
    }}
    server {{
        listen 127.0.0.1:{tls} ssl;
        listen 127.0.0.1:{plain};
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location = / {{
            default_type text/html;
            return 200 "<!doctype html><title>shop</title>";
        }}
        location / {{
            proxy_pass http://{upstream};
            proxy_set_header Host $http_host;
{settings}
        }}
    }}
"""


class NginxMissingError(Exception):
    """No nginx is installed; the message says how to get one."""


def nginx() -> str:
    """The nginx program. Raises NginxMissingError when there is none."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise NginxMissingError("nginx not found: apt-get install nginx-light")
    return found


class Edge:
    """nginx before apps, each on a pair of ports, with `settings` (lines of nginx's language) in their location.

    `apps` are the addresses of each app's instances, asked by turns. `beside` are lines outside of any server, such as a map.
    `doors` are the pairs of ports on 127.0.0.1, for TLS and without; `certificate` is the file that makes a client trust it.
    """

    def __init__(self, apps: Sequence[Sequence[str]], settings: Sequence[str], beside: Sequence[str], folder: Path) -> None:
        self.apps, self.settings, self.beside, self.folder = apps, settings, beside, folder
        ports = free_ports(2 * len(apps))
        self.doors = list(zip(ports[::2], ports[1::2], strict=True))
        self.certificate = folder / "certificate.pem"

    def __enter__(self) -> Self:
        _write_certificate(self.folder)
        path = self.folder / "nginx.conf"
        path.write_text(self._configuration(), encoding="utf-8")
        command = [nginx(), "-p", str(self.folder), "-c", str(path), "-e", str(self.folder / "error.log")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def _configuration(self) -> str:
        settings = "\n".join(f"            {line}" for line in self.settings)
        servers = "".join(
            _SERVER.format(
                tls=tls, plain=plain, folder=self.folder, upstream=f"app-{tls}", instances=_instances(app), settings=settings
            )
            for (tls, plain), app in zip(self.doors, self.apps, strict=True)
        )
        return _CONFIGURATION.format(folder=self.folder, beside="\n".join(self.beside), servers=servers)

    def __exit__(self, *problem: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.doors[0][0]), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        errors = (self.folder / "error.log").read_text(encoding="utf-8")
        raise RuntimeError(f"nginx does not listen; its log ends:\n{errors[-2000:]}")


def _instances(app: Sequence[str]) -> str:
    return "\n".join(f"        server {url.removeprefix('http://')};" for url in app)


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = folder / "key.pem"
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
