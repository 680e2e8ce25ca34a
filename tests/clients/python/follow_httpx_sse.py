"""Following a stream with httpx-sse: a line of JSON for each event.

The function is quoted in docs/clients.md.
"""

import json
import sys
import time

import httpx
from httpx_sse import connect_sse


def follow(url):
    last_event_id, retry = "", 2.0
    # A comment comes every 15 s: more silence than that is a dead connection.
    with httpx.Client(timeout=httpx.Timeout(10, read=45)) as client:
        while True:
            try:
                headers = {"Last-Event-ID": last_event_id}
                with connect_sse(client, "GET", url, headers=headers) as source:
                    if source.response.status_code == 204:
                        return  # the stream has ended, and all of it was read
                    source.response.raise_for_status()
                    for event in source.iter_sse():
                        if event.retry is not None:
                            retry = event.retry / 1000
                        last_event_id = event.id or last_event_id
                        yield event
            except httpx.TransportError:
                pass  # cut, refused or silent: come back, as after a proper end
            time.sleep(retry)


if __name__ == "__main__":
    for event in follow(sys.argv[1]):
        print(json.dumps({"type": event.event, "data": event.data, "id": event.id}), flush=True)
