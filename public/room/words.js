/** What a connection's status is called. */

const WORDS = { connecting: 'connecting…', open: 'live', waiting: 'reconnecting…', offline: 'offline', closed: 'not connected' };

const REASONS = {
  kicked: 'You were sent out of this room.',
  deleted: 'This room was closed, and what was in it is gone.',
  policy: 'The server closed the connection: too much was sent at once.',
};

export const wordOf = ({ state }) => WORDS[state];

/** What else there is to say, or nothing. */
export const sentenceOf = ({ state, reason }) => (state === 'closed' && REASONS[reason]) || '';
