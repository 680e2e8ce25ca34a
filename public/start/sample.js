/** What is sent over both, so that they can be compared. */

export const SAID = { text: 'Rain in the evening' };

/** Every byte there is. */
export const BYTES = Uint8Array.from({ length: 256 }, (_, value) => value);
