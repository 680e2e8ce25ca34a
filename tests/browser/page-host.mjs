/** A site of one page, with the service behind it, on a wire that can be cut and held. */

import http from 'node:http';

/**
 * Serves `page` at `/` and passes everything below `/v1` on to the service.
 *
 * Each reader of a test has its own, so that one can lose its wire and others keep theirs.
 */
export async function hostPage(page, serviceOrigin) {
  /** Responses on their way to the page, with where they come from. */
  const streams = new Map();
  const state = { held: false, passed: '', requests: [] };

  const server = http.createServer((request, response) => {
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
      for (const response of streams.keys()) response.socket?.resetAndDestroy();
    },
    /** Takes nothing more from the service, as a network does on which nothing moves. */
    hold() {
      state.held = true;
      for (const [response, answer] of streams) hold(response, answer);
    },
    release() {
      state.held = false;
      for (const [response, answer] of streams) answer.pipe(response);
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
