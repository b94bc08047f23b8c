"""A certificate authority of our own, for an endpoint over TLS."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_Key = ec.EllipticCurvePrivateKey


class Authority:
    """Issues certificates for this machine; `bundle` is the file of those who trust it."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self._signed(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        self.bundle = self._write("ca.pem", own.sign(self._key, hashes.SHA256()))

    def issue(self) -> Path:
        """A file with a certificate for this machine and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        issued = self._signed(subject, key).add_extension(names, False).sign(self._key, hashes.SHA256())
        return self._write("server.pem", issued, key)

    def _signed(self, subject: x509.Name, key: _Key) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def _write(self, name: str, certificate: x509.Certificate, key: _Key | None = None) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        pem = serialization.Encoding.PEM
        text = certificate.public_bytes(pem)
        if key:
            text += key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self._folder / name).write_bytes(text)
        return self._folder / name
