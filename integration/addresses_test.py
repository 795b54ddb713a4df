#!/usr/bin/env python3
"""A backend whose name has several addresses, as a headless service of Kubernetes has them."""

import threading
import unittest
from collections import Counter

from support.backend import Backend, response
from support.case import ProxyTest, main, wait_for
from support.clients import RawClient
from support.names import Names, are_possible

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LASTING = b"GET /lasting HTTP/1.1\r\nHost: localhost\r\n\r\n"
NAME = "service.test"


@unittest.skipUnless(are_possible(), "mount namespaces are not for this user")
class AddressesTest(ProxyTest):
    BACKENDS = 0

    def setUp(self):
        self.pods = self.start_pods(3)
        self.names = self.enterContext(Names())

    def start_pods(self, count):
        """Backends at addresses of their own, and all at one port."""
        for _ in range(10):
            pods = [self.start_backend()]
            try:
                for number in range(2, count + 1):
                    pods.append(self.enterContext(Backend(f"backend{number}", host=f"127.0.0.{number}",
                                                          port=pods[0].port)))
                return pods
            except OSError:  # somebody has that port there
                continue
        raise AssertionError("there is no port that is free at all addresses")

    def start(self, *addresses, changes=None):
        self.names.set(NAME, *addresses)
        changes = {"backends": [{"name": "service", "url": f"http://{NAME}:{self.pods[0].port}"}], **(changes or {})}
        return self.start_proxy([], changes, command=self.names.command)

    @staticmethod
    def served(client, count):
        """Who answered so many requests, one after the other."""
        answers = [client.ask(GET) for _ in range(count)]
        return Counter(answer.get("x-backend") if answer.status == 200 else answer.status for answer in answers)

    def test_each_address_gets_its_share_of_the_requests(self):
        proxy = self.start("127.0.0.1", "127.0.0.2", "127.0.0.3")
        with RawClient(proxy) as client:
            self.assertEqual(self.served(client, 30), {"backend1": 10, "backend2": 10, "backend3": 10})
        self.assertEqual([pod.connections for pod in self.pods], [1, 1, 1])

    def test_requests_go_where_the_fewest_are_under_way(self):
        done = threading.Event()
        self.addCleanup(done.set)
        for pod in self.pods:
            def answer(request, wire, pod=pod):
                if request.target == "/lasting":
                    done.wait(60)
                return pod.greet(request, wire)
            pod.handler = answer
        proxy = self.start("127.0.0.1", "127.0.0.2")
        with RawClient(proxy) as lasting, RawClient(proxy) as client:
            lasting.send(LASTING)
            busy, = wait_for(lambda: [pod for pod in self.pods if pod.requests], bool)
            other, = [pod for pod in self.pods[:2] if pod is not busy]
            self.assertEqual(self.served(client, 5), {other.name: 5})
            done.set()
            self.assertEqual(lasting.read_response().get("x-backend"), busy.name)

    def test_an_address_where_nobody_is_costs_no_request(self):
        self.pods[1].close()
        proxy = self.start("127.0.0.1", "127.0.0.2", "127.0.0.3")
        with RawClient(proxy) as client:
            served = self.served(client, 30)
        self.assertEqual(served.keys(), {"backend1", "backend3"})

    def test_an_address_is_used_when_the_name_has_it_and_no_more_when_it_is_gone(self):
        proxy = self.start("127.0.0.1")
        with RawClient(proxy) as client:
            self.assertEqual(self.served(client, 4), {"backend1": 4})

            self.names.set(NAME, "127.0.0.1", "127.0.0.2")
            wait_for(lambda: self.served(client, 4), lambda served: served == {"backend1": 2, "backend2": 2})

            self.names.set(NAME, "127.0.0.2")
            wait_for(lambda: self.served(client, 4), lambda served: served == {"backend2": 4})
        self.pods[0].wait_until(lambda: self.pods[0].open_connections == 0)

    def test_an_address_that_fails_its_checks_gets_no_requests_until_it_passes_them(self):
        checks = {"enabled": True, "interval": "3s", "timeout": "3s", "unhealthy_threshold": 2, "healthy_threshold": 1}
        proxy = self.start("127.0.0.1", "127.0.0.2", changes={"health_check": checks})
        address = f"127.0.0.2:{self.pods[1].port}"
        self.pods[1].handler = lambda request, wire: (
            response(500) if request.target == "/health" else self.pods[1].greet(request, wire))

        proxy.wait_for_line(msg="Marked address as unhealthy", address=address)
        with RawClient(proxy) as client:
            wait_for(lambda: self.served(client, 4), lambda served: served == {"backend1": 4})
            self.assertEqual(self.served(client, 20), {"backend1": 20})
            self.assertFalse(proxy.find_lines(msg="Marked backend as unhealthy"))

            self.pods[1].handler = self.pods[1].greet
            proxy.wait_for_line(msg="Marked address as healthy", address=address)
            wait_for(lambda: self.served(client, 4), lambda served: served == {"backend1": 2, "backend2": 2})

    def test_an_address_where_request_after_request_fails_is_left_alone_for_a_while(self):
        detection = {"enabled": True, "consecutive_failures": 2, "base_ejection_time": "1h", "max_ejection_time": "1h"}
        self.pods[1].handler = lambda request, wire: response(503)
        proxy = self.start("127.0.0.1", "127.0.0.2", changes={"outlier_detection": detection})
        with RawClient(proxy) as client:
            self.assertEqual(self.served(client, 4), {"backend1": 2, 503: 2})
            self.assertEqual(self.served(client, 20), {"backend1": 20})


if __name__ == "__main__":
    main()
