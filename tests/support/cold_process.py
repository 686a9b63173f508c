"""A program that measures what the first call costs a process that has just warmed up.

Its argument is the role of the process; standard input holds the work. It prints the modules that the work imported and
the statements that it compiled, as JSON.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.sql.compiler import SQLCompiler

from callcenter.app import make_app, make_dispatcher, make_office
from callcenter.clock import SystemClock
from callcenter.settings import load_settings
from callcenter.telephony.twilio_api import TwilioApi, make_client
from callcenter.warming import WarmWorker, warm_dispatcher
from tests.support.waiting import wait_until


def main() -> None:
    role, warmed = sys.argv[1], sys.argv[2] == "warm"
    do = {"worker": _worker, "dispatcher": _dispatcher}[role](warmed)
    compiled: list[str] = []
    whole = SQLCompiler.__init__

    def noted(self: Any, dialect: Any, statement: Any, *more: Any, **named: Any) -> None:
        whole(self, dialect, statement, *more, **named)
        compiled.append(str(getattr(self, "string", statement))[:200])

    SQLCompiler.__init__ = noted  # type: ignore[method-assign]
    print("ready", flush=True)
    for line in sys.stdin:
        before = set(sys.modules)
        compiled.clear()
        result = do(json.loads(line))
        told = {"result": result, "loaded": sorted(set(sys.modules) - before), "compiled": compiled}
        print(json.dumps(told), flush=True)


def _worker(warmed: bool) -> Callable[[dict[str, Any]], Any]:
    office = make_office(load_settings(), SystemClock())
    app = make_app(office)
    if warmed:
        warm = WarmWorker(app, office, None)
        warm.start()
        wait_until(lambda: warm.readiness()["worker"][0], "the worker to be warm", within_s=60)

    def ask(request: dict[str, Any]) -> str:
        answer = app.test_client().post(request["path"], data=request["params"], headers=request["headers"])
        return f"{answer.status_code} {answer.get_data(as_text=True)}"

    return ask


def _dispatcher(warmed: bool) -> Callable[[dict[str, Any]], Any]:
    office = make_office(load_settings(), SystemClock())
    twilio = TwilioApi(make_client(office.settings))
    if warmed:
        warm_dispatcher(office, twilio, lambda _holds, _text: None)
    dispatcher = make_dispatcher(office, twilio)
    dispatcher.begin()
    return lambda _: dispatcher.run_due()


if __name__ == "__main__":
    main()
