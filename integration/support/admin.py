"""A client of the pages for operators and their tools."""

import http.client
import json
import time


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.fields = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


def ask(port, path, method="GET", body=None, fields=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, fields or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def ask_until(condition, port, path, seconds=20):
    """Asks again and again until the answer meets the condition; returns that one."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask(port, path)
        if condition(answer):
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{path} still answers {answer.status} {answer.body[:500]}")
        time.sleep(0.05)
