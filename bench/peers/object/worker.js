// A room and a stream in one durable object each, as one would write them first, and by
// the book: sockets that may hibernate, a frame or an event per message. Nothing is
// stored, and nobody learns what became of a message.

import { DurableObject } from "cloudflare:workers";

/** What Cloudflare bills of an object, counted while it is in memory. */
class Counting extends DurableObject {
  figures = { requests: 0, messages: 0, rows_written: 0 };

  async fetch(request) {
    this.figures.requests += 1;
    return new URL(request.url).pathname.endsWith("/figures") ? Response.json(this.figures) : this.answer(request);
  }
}

export class Room extends Counting {
  answer() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_, message) {
    this.figures.messages += 1;
    return this.broadcast(message);
  }

  broadcast(message) {
    for (const socket of this.ctx.getWebSockets()) {
      try {
        socket.send(message);
      } catch {
        // Closed, and not yet told so.
      }
    }
  }

  webSocketClose(socket, code) {
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}

export class Stream extends Counting {
  #readers = new Set();
  #encoder = new TextEncoder();

  async answer(request) {
    if (request.method === "POST") {
      await this.publish(await request.text());
      return new Response(null, { status: 204 });
    }
    let reader;
    const body = new ReadableStream({
      start: (controller) => {
        reader = controller;
        this.#readers.add(reader);
        reader.enqueue(this.#encoder.encode("retry: 2000\n\n"));
      },
      cancel: () => void this.#readers.delete(reader),
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" } });
  }

  publish(data) {
    return this.show(`data: ${data}\n\n`);
  }

  show(event) {
    const bytes = this.#encoder.encode(event);
    for (const reader of this.#readers) {
      try {
        reader.enqueue(bytes);
      } catch {
        this.#readers.delete(reader);
      }
    }
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/room")) return env.ROOM.getByName("bench").fetch(request);
    if (pathname.startsWith("/stream")) return env.STREAM.getByName("bench").fetch(request);
    return new Response(null, { status: 404 });
  },
};
