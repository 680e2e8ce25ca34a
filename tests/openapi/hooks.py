"""What schemathesis does not know about this service by itself."""

import json
from itertools import cycle

import schemathesis

FORMS = ["text/event-stream", "application/json"]
TURNS = cycle(FORMS)


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    """A line for each item. What is no array has no lines: it stays the wrong data that
    it was meant to be."""
    items = value if isinstance(value, list) else [[value]]
    return "\n".join(json.dumps(item) for item in items).encode()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if case.operation.label == "GET /v1/streams/{name}":
        # OpenAPI has no parameter for this header, so that one form would be all we see.
        # Only the live stream reads where to begin.
        case.headers.setdefault("Accept", FORMS[0] if case.query else next(TURNS))
    if case.operation.label == "POST /v1/jobs/link-check/{name}" and "http" in str(case.body):
        # Its example has hosts of the world, which a test does not ask: this one is nowhere.
        case.body = "http://nowhere.invalid/"
    wait = str(case.query.get("wait", ""))
    if wait.isascii() and wait.isdigit() and 1 < int(wait) <= 25:
        # A long poll is answered in the same way whatever it waits, and 25 s for many
        # examples are minutes.
        case.query["wait"] = 1
