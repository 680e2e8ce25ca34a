"""Following a stream with sseclient-py over requests: a line of JSON for each event.

The function is quoted in docs/clients.md.
"""

import json
import sys
import time

import requests
from sseclient import SSEClient


def follow(url):
    last_event_id = ""
    with requests.Session() as session:
        while True:
            try:
                headers = {"Accept": "text/event-stream", "Last-Event-ID": last_event_id}
                # A comment comes every 15 s: more silence than that is a dead connection.
                with session.get(url, headers=headers, stream=True, timeout=(10, 45)) as response:
                    if response.status_code == 204:
                        return  # the stream has ended, and all of it was read
                    response.raise_for_status()
                    for event in SSEClient(response).events():
                        last_event_id = event.id or last_event_id
                        yield event
            except requests.HTTPError:
                raise  # an answer that is no stream: coming back would not help
            except requests.RequestException:
                pass  # cut, refused or silent: come back, as after a proper end
            time.sleep(2)


if __name__ == "__main__":
    for event in follow(sys.argv[1]):
        print(json.dumps({"type": event.event, "data": event.data, "id": event.id}), flush=True)
