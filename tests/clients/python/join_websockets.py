"""Being in a room with websockets: prints a line of JSON for each frame of the room,
and says each line of JSON that it reads.

The class is quoted in docs/clients.md.
"""

import asyncio
import json
import random
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

# Who is closed with one of these stays away. After anything else, come back.
FINAL = {1000, 1003, 1008, 1009, 4403, 4404}


class Conversation:
    def __init__(self, url, on_frame, **options):
        self.url, self.on_frame = url, on_frame
        self.options = {"subprotocols": ["tidings.v1"], **options}
        self.after, self.unanswered, self.websocket = "start", {}, None

    async def run(self):
        """Is in the room, until told to stay away: the close code."""
        while True:
            try:
                url = f"{self.url}&after={self.after}"
                async with connect(url, **self.options) as self.websocket:
                    while True:
                        await self.hear(await self.websocket.recv())
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL:
                    return closed.rcvd.code
            except InvalidStatus as refused:
                if refused.response.status_code < 500 and refused.response.status_code != 429:
                    raise  # a wrong address, or no right to it: that stays so
            except (OSError, InvalidHandshake):
                pass  # no connection, or cut before it was one
            # Not all at once, after a restart say.
            await asyncio.sleep(1 + random.random())

    async def hear(self, text):
        if isinstance(text, bytes) or text == "pong":
            return
        frames = json.loads(text)
        for frame in frames if isinstance(frames, list) else [frames]:
            if frame["type"] == "welcome":
                await self.send_oldest()
            elif frame["type"] in ("ack", "error"):
                await self.on_answer(frame)
            elif "cursor" in frame:
                # Not that of an ack, which may be ahead of what is still to come.
                self.after = frame["cursor"]
            self.on_frame(frame)

    async def on_answer(self, frame):
        if frame.get("code") == "rate_limited":
            self.waiting = asyncio.create_task(self.send_oldest(frame["retry_ms"] / 1000))
        elif self.unanswered.pop(frame.get("id"), None):
            await self.send_oldest()

    async def say(self, frame):
        """Says a frame that has an `id` of your own."""
        self.unanswered[frame["id"]] = frame
        if len(self.unanswered) == 1:
            await self.send_oldest()

    async def send_oldest(self, wait=0):
        """One at a time: so they keep their order, also when one has to wait."""
        await asyncio.sleep(wait)
        for frame in list(self.unanswered.values())[:1]:
            try:
                if self.websocket:
                    await self.websocket.send(json.dumps(frame))
            except ConnectionClosed:
                pass  # it is said after the next welcome


async def main(url, options):
    def on_frame(frame):
        print(json.dumps(frame), flush=True)

    conversation = Conversation(url, on_frame, **options)

    async def listen():
        while line := await asyncio.to_thread(sys.stdin.readline):
            await conversation.say(json.loads(line))

    speaking = asyncio.create_task(listen())
    try:
        end = await conversation.run()
    except InvalidStatus as refused:
        end = f"HTTP {refused.response.status_code}"
    on_frame({"type": "end", "why": end})
    # Whoever started this closes the standard input when it has read that.
    await speaking


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
