"""nginx in front of a service: TLS for shop.example, its own configuration, nothing outside its folder."""

import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "shop.example"
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
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
{settings}
        }}
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
    """nginx before `upstream`, with `settings` (lines of nginx's language) in the location of the service.

    `tls` and `plain` are its ports on 127.0.0.1, `certificate` is the file that makes a client trust it.
    """

    def __init__(self, upstream: str, settings: tuple[str, ...], folder: Path) -> None:
        self.upstream, self.settings, self.folder = upstream, settings, folder
        self.tls, self.plain = _free_ports(2)
        self.certificate = folder / "certificate.pem"

    def __enter__(self) -> Self:
        _write_certificate(self.folder)
        lines = "\n".join(f"            {line}" for line in self.settings)
        path = self.folder / "nginx.conf"
        text = _CONFIGURATION.format(folder=self.folder, tls=self.tls, plain=self.plain, upstream=self.upstream, settings=lines)
        path.write_text(text, encoding="utf-8")
        command = [nginx(), "-p", str(self.folder), "-c", str(path), "-e", str(self.folder / "error.log")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.tls), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        errors = (self.folder / "error.log").read_text(encoding="utf-8")
        raise RuntimeError(f"nginx does not listen; its log ends:\n{errors[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = folder / "key.pem"
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
