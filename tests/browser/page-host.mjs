/** A site of one page, with the service behind it, on a wire that can be cut and held. */

import http from 'node:http';
import net from 'node:net';

/**
 * Serves `page` at `/` and passes everything below `/v1` on to the service, WebSockets too.
 *
 * Each reader of a test has its own, so that one can lose its wire and others keep theirs.
 * `modules` are the page's own modules, by their paths.
 */
export async function hostPage(page, serviceOrigin, modules = {}) {
  /** Responses and WebSockets on their way to the page, with where they come from. */
  const streams = new Map();
  const state = { held: false, refusing: false, passed: '', requests: [] };

  const server = http.createServer((request, response) => {
    if (modules[request.url]) {
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' });
      response.end(modules[request.url]);
      return;
    }
    if (!request.url.startsWith('/v1/')) {
      // A browser also asks for an icon, and complains when there is none.
      response.writeHead(request.url === '/' ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(request.url === '/' ? page : undefined);
      return;
    }
    state.requests.push({ url: request.url, lastEventId: request.headers['last-event-id'] });
    const { method, headers, url } = request;
    const onward = http.request(new URL(url, serviceOrigin), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      streams.set(response, answer);
      answer.on('data', (bytes) => { state.passed += bytes.toString('latin1'); });
      // The service may be killed under it; then the page loses its wire as well.
      answer.on('error', () => response.destroy());
      answer.pipe(response);
      if (state.held) hold(response, answer);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => {
      streams.delete(response);
      onward.destroy();
    });
    request.pipe(onward);
  });
  const { hostname, port } = new URL(serviceOrigin);
  server.on('upgrade', (request, client, head) => {
    if (state.refusing) {
      client.resetAndDestroy();
      return;
    }
    state.requests.push({ url: request.url });
    const service = net.connect(Number(port), hostname);
    streams.set(client, service);
    const fields = request.rawHeaders.map((text, n) => (n % 2 ? `${text}\r\n` : `${text}: `)).join('');
    service.write(`GET ${request.url} HTTP/1.1\r\n${fields}\r\n`);
    service.write(head);
    client.pipe(service);
    service.pipe(client);
    if (state.held) hold(client, service);
    client.on('error', () => {}); // "close" follows, and is all that matters
    service.on('error', () => client.destroy());
    service.on('close', () => client.end());
    client.on('close', () => {
      streams.delete(client);
      service.destroy();
    });
  });
  const hold = (response, answer) => {
    answer.unpipe(response);
    answer.pause();
  };
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** All that was passed on to the page of streams. */
    get passed() {
      return state.passed;
    },
    /** The page's requests to the service. */
    requests: state.requests,
    /** Cuts every stream in the middle, as a train in a tunnel does. */
    cut() {
      for (const response of streams.keys()) (response.socket ?? response).resetAndDestroy?.();
    },
    /** Cuts every stream and lets no WebSocket through any more, as a longer tunnel. */
    refuse() {
      state.refusing = true;
      this.cut();
    },
    accept() {
      state.refusing = false;
    },
    /** Takes nothing more from the service, as a network does on which nothing moves. */
    hold() {
      state.held = true;
      for (const [response, answer] of streams) hold(response, answer);
    },
    release() {
      state.held = false;
      // Those that were cut are still there for a moment.
      for (const [response, answer] of streams) if (!response.destroyed) answer.pipe(response);
    },
    stop() {
      server.close();
      server.closeAllConnections();
      // Those that were upgraded are not the server's any more.
      for (const response of streams.keys()) response.destroy();
    },
  };
}
