"""Who presses the buttons of the control center."""

from .admin import ask
from .case import wait_for


class Operator:
    """What an operator does and sees."""

    def __init__(self, proxy):
        self._port = proxy.control_port

    def order(self, action, name):
        answer = ask(self._port, f"/api/backend/{action}?name={name}", "POST")
        assert answer.status == 202, answer.text

    def backend(self, name):
        return next(one for one in ask(self._port, "/api/backends").json()["backends"] if one["name"] == name)

    def wait_for_state(self, name, state):
        return wait_for(lambda: self.backend(name), lambda one: one["pending"] is None and one["state"] == state)

    def activity(self):
        return ask(self._port, "/api/activity").json()["activity"]

    def wait_for_failure(self, name):
        def entries():
            return [one for one in self.activity()
                    if one["backend"] == name and one["message"] == "Driver failed"]
        return wait_for(entries, bool)[-1]["detail"]
