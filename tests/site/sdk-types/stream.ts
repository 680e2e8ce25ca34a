/** What a page may write about streams, and what its editor must object to. */

import { openStream, type Gap, type Status, type Stream, type StreamEvent } from '../../../public/sdk/tidings.js';

const stream: Stream = openStream('/v1/streams/build-42');
const stop: () => void = stream.on('progress', ({ data, cursor, type }) => console.log(data.percent, cursor, type));
stream.on('event', (event: StreamEvent) => console.log(event.type));
stream.on('gap', (gap: Gap) => console.log(gap.oldest ?? 'nothing'));
stream.on('status', ({ state, retryAt, reason }: Status) => {
  if (state === 'waiting') console.log(new Date(retryAt ?? 0));
  if (state === 'closed') console.log(reason);
  // @ts-expect-error there is no such state
  if (state === 'gone') stop();
});
openStream(new URL('https://example.com/v1/streams/a'), { token: async () => 'token', after: 'start', share: false });
openStream('/v1/streams/a', { token: 'token', tail: 10 });
stream.close();

// @ts-expect-error a number is no address
openStream(42);
// @ts-expect-error who wants the past says how much of it
openStream('/v1/streams/a', { tail: 'all' });
// @ts-expect-error it can be read only
stream.cursor = 'e.1';
