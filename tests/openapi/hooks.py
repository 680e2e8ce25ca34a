"""What schemathesis does not know about this service by itself."""

import json
from itertools import cycle

import schemathesis

FORMS = ["text/event-stream", "application/json"]
TURNS = cycle(FORMS)

# A room has nothing for whoever asks for anything.
WATCH, *OTHERS = [{"Accept": form} for form in (*FORMS, "*/*")]
JOIN = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
# Each with the form that reads all parameters first.
ROOM_TURNS = {
    "GET /v1/rooms/{name}": (JOIN, cycle([JOIN, WATCH, *OTHERS])),
    "HEAD /v1/rooms/{name}": (WATCH, cycle([WATCH, *OTHERS])),
}


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    """A line for each item. What is no array has no lines: it stays the wrong data that
    it was meant to be."""
    items = value if isinstance(value, list) else [[value]]
    return "\n".join(json.dumps(item) for item in items).encode()


def leave(response, **_kwargs):
    """Closes a WebSocket. Nothing else can be asked over its connection."""
    if response.status_code == 101:
        response.raw.close()


@schemathesis.hook
def before_call(_context, case, kwargs):
    if case.operation.label == "GET /v1/streams/{name}":
        # OpenAPI has no parameter for this header, so that one form would be all we see.
        # Only the live stream reads where to begin.
        case.headers.setdefault("Accept", FORMS[0] if case.query else next(TURNS))
    if case.operation.label in ROOM_TURNS:
        thorough, turns = ROOM_TURNS[case.operation.label]
        is_wrong = case.meta is not None and case.meta.generation.mode.is_negative
        case.headers.update(thorough if is_wrong else next(turns))
        kwargs["hooks"] = {"response": leave}
    if case.operation.path == "/v1/rooms/{name}/messages" and "after" in case.query:
        # One of the two, which no schema of single parameters can say.
        case.query.pop("before", None)
    if case.operation.label == "POST /v1/jobs/link-check/{name}" and "http" in str(case.body):
        # Its example has hosts of the world, which a test does not ask: this one is nowhere.
        case.body = "http://nowhere.invalid/"
    wait = str(case.query.get("wait", ""))
    if wait.isascii() and wait.isdigit() and 1 < int(wait) <= 25:
        # A long poll is answered in the same way whatever it waits, and 25 s for many
        # examples are minutes.
        case.query["wait"] = 1
