/** What a page may write about rooms, and what its editor must object to. */

import { joinRoom, type Json, type Member, type Message, type Refusal, type Room } from '../../../public/sdk/tidings.js';

const room: Room = joinRoom('/v1/rooms/lobby', { name: 'Ann', tail: 20, queue: 10 });
room.on('message', (message: Message) => {
  console.log(message.from.name, message.text ?? message.data, message.reactions?.['👍']?.length);
});
room.on('members', (members: readonly Member[], count: number) => console.log(members.length, count));
room.on('state', (key: string, value: Json | undefined, version: number) => console.log(key, value, version));
room.on('binary', (bytes) => console.log(bytes.byteLength));
room.on('error', (refusal) => console.log(refusal.code, refusal.frame?.retry_ms));

interface Pointer {
  x: number;
  y?: number;
}

async function talk() {
  const { cursor } = await room.send('hello');
  await room.send({ data: { at: [1, 2] }, reply_to: cursor });
  await room.edit(cursor, { text: 'hello!' });
  await room.react(cursor, '👍', false);
  await room.delete(cursor);
  const { version } = await room.set('topic', { name: 'rain' }, { ifVersion: 0 });
  await room.set('topic', null, { ifVersion: version }).catch((refusal: Refusal) => console.log(refusal.code));
  room.typing(true);
  room.signal({ x: 1 }, { key: 'pointer' });
  room.binary(new Uint8Array(3));
  room.presence({ at: 'desk' });
  const pointer: Pointer = { x: 1 };
  room.signal(pointer);
  room.presence(pointer);
  await room.send({ data: pointer });
  await room.set('pointer', pointer);
  console.log(room.me?.role, room.count, room.state.get('topic')?.value, room.limits?.text_chars);
}
void talk();

// @ts-expect-error what is said is a text or an object
void room.send(42);
// @ts-expect-error there is no such listener
room.on('shout', () => {});
// @ts-expect-error the state is changed by set
room.state.set('topic', { value: 1, version: 1 });
