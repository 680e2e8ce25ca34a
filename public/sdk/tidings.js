/** Tidings in the browser. Types and their documentation are in tidings.d.ts. */

import { Room } from './room.js';
import { Stream } from './stream.js';

export const openStream = (url, options) => new Stream(url, options);
export const joinRoom = (url, options) => new Room(url, options);
