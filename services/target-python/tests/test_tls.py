"""Both ports over TLS: what a client that checks the certificate sees, and files that do not fit."""

import socket
import ssl
import tempfile
import unittest
from pathlib import Path

from tests.process import REPLY_LIMIT_S, ServerProcess

# For localhost and 127.0.0.1, of its own authority, good until 2126; trusted by nobody.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBpDCCAUmgAwIBAgIUIShcI8xTBHl8fCFxa7QsIeQB1PswCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9sZGZhc3QtdGVzdDAgFw0yNjExMjMwODI5MjZaGA8yMTI2
MTAzMDA4MjkyNlowGDEWMBQGA1UEAwwNaG9sZGZhc3QtdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABKloOEL9Gvjqi5FrRa9vTiXAIDrnsdgs2JQ+4pMW5U4h
n9V4xisc34gWGexGAmpEiF83gLhLOWNSbmyU0D0kdZKjbzBtMB0GA1UdDgQWBBSy
MA7otUviAyzV6/xy/FTcAceRXDAfBgNVHSMEGDAWgBSyMA7otUviAyzV6/xy/FTc
AceRXDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
ATAKBggqhkjOPQQDAgNJADBGAiEAmFiQumXwQlBGyQ1jBZiTZEhFWBolWCaHJbWn
9gg0eLACIQCZVuQpEh16yg7zs3DcsyJvSBhm8aNNOo4Ph/BahraL6A==
-----END CERTIFICATE-----
"""
KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSgcaRivKf22VAniU
06897SoubYzyLJ4ghZ5+z0y6ECihRANCAASpaDhC/Rr46ouRa0Wvb04lwCA657HY
LNiUPuKTFuVOIZ/VeMYrHN+IFhnsRgJqRIhfN4C4SzljUm5slNA9JHWS
-----END PRIVATE KEY-----
"""


class TestTls(unittest.TestCase):
    """A server of its own for each test."""

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.certificate = Path(self.folder.name, "certificate.pem")
        self.key = Path(self.folder.name, "key.pem")
        self.certificate.write_text(CERTIFICATE)
        self.key.write_text(KEY)

    def connect(self, port: int) -> ssl.SSLSocket:
        """A client's connection, the certificate checked."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        plain = socket.create_connection(("127.0.0.1", port), timeout=REPLY_LIMIT_S)
        return context.wrap_socket(plain, server_hostname="localhost")

    def test_http_and_raw_tcp_speak_tls(self) -> None:
        """The handshake, then what the plain ports say."""
        server = ServerProcess("--certificate", str(self.certificate), "--key", str(self.key))
        try:
            with self.connect(server.port) as http:
                http.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                self.assertTrue(http.recv(4096).startswith(b"HTTP/1.1 200"))
            with self.connect(server.tcp_port) as raw:
                raw.sendall(b"intervalMs=1000&bytes=100\n")
                self.assertEqual(raw.recv(4), bytes(4))
        finally:
            code, _ = server.stop()
        self.assertEqual(code, 0)

    def test_files_that_do_not_fit_are_told_before_it_serves(self) -> None:
        """A key that is none, a file that is not there, a certificate without its key."""
        self.key.write_text("no key\n")
        missing = str(Path(self.folder.name, "missing.pem"))
        for arguments in (
            ["--certificate", str(self.certificate), "--key", str(self.key)],
            ["--certificate", missing, "--key", missing],
        ):
            with self.assertRaisesRegex(RuntimeError, "--certificate, --key: expected PEM files"):
                ServerProcess(*arguments)
        with self.assertRaises(RuntimeError):
            ServerProcess("--certificate", str(self.certificate))
