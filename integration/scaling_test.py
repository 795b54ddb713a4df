#!/usr/bin/env python3
"""Several proxies that share a secret: what one has handed out the other takes."""

import socket
import ssl
import tempfile

from support.case import ProxyTest, main
from support.clients import curl
from support.proxy import certificates


class SharedSecretTest(ProxyTest):
    BACKENDS = 3

    def secret(self, content):
        file = self.enterContext(tempfile.NamedTemporaryFile("wb"))
        file.write(content)
        file.flush()
        return {"server": {"secret_file": file.name}}

    def resumes(self, first, second):
        """Whether a TLS session that began with `first` goes on with `second`."""
        context = ssl.create_default_context(cafile=str(certificates() / "ca.crt"))
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # its session is there as soon as the handshake is over

        def connect(proxy, session=None):
            sock = socket.create_connection(("127.0.0.1", proxy.port), 15)
            return context.wrap_socket(sock, server_hostname="localhost", session=session)

        with connect(first) as client:
            session = client.session
        with connect(second, session) as client:
            return client.session_reused

    def test_a_tls_session_goes_on_with_another_proxy(self):
        shared = self.secret(b"s" * 48)
        one, another = (self.start_proxy(self.backends, shared) for _ in range(2))

        self.assertTrue(self.resumes(one, another))
        self.assertTrue(self.resumes(another, one))

    def test_a_client_stays_with_its_backend_when_the_secret_changes(self):
        sticky = {"load_balancer": {"sticky": {"enabled": True}}}
        old, new = self.secret(b"s" * 48), self.secret(b"t" * 48)
        new["server"]["former_secret_files"] = [old["server"]["secret_file"]]
        before, after = (self.start_proxy(self.backends, secret | sticky) for secret in (old, new))
        clients = [curl("plain", before.url("plain")) for _ in range(3)]

        again = [curl("plain", after.url("plain"), "-H", f"Cookie: {one.get('set-cookie').split(';')[0]}")
                 for one in clients]

        self.assertEqual([one.get("x-backend") for one in again], [one.get("x-backend") for one in clients])
        for one, other in zip(clients, again):
            self.assertNotEqual(other.get("set-cookie"), one.get("set-cookie"), "it has the new secret's cookie now")
            self.assertIsNotNone(other.get("set-cookie"))

    def test_a_proxy_with_another_secret_begins_anew(self):
        one = self.start_proxy(self.backends, self.secret(b"s" * 48))
        stranger = self.start_proxy(self.backends, self.secret(b"t" * 48))

        self.assertTrue(self.resumes(one, one))
        self.assertFalse(self.resumes(one, stranger))


if __name__ == "__main__":
    main()
