// Takes the names of functions out of the built wasm.
//
// They are a sixth of what a deploy uploads and every cold start loads, and
// all they are good for is the stack of a panic, which says its file and line
// anyway. worker-build makes wasm-opt keep them and has no switch for it.
//
// A module is a header of eight bytes and a row of sections: an id, the size
// as LEB128, the contents. Section 0 is custom and begins with its own name.
// https://webassembly.github.io/spec/core/binary/modules.html

import { readFileSync, writeFileSync } from "node:fs";

const HEADER_BYTES = 8;
const CUSTOM = 0;

/** An unsigned LEB128 number at `offset`, and where it ends. */
function leb128(bytes, offset) {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[offset];
    offset += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return { value, end: offset };
    }
  }
  throw new Error("the wasm has a section size of more than 32 bits");
}

/**
 * The module without its name section.
 * @param {Uint8Array} wasm
 * @returns {Uint8Array}
 */
export function withoutNames(wasm) {
  const kept = [wasm.subarray(0, HEADER_BYTES)];
  for (let start = HEADER_BYTES; start < wasm.length; ) {
    const size = leb128(wasm, start + 1);
    const end = size.end + size.value;
    if (wasm[start] !== CUSTOM || customName(wasm, size.end) !== "name") {
      kept.push(wasm.subarray(start, end));
    }
    start = end;
  }
  return Buffer.concat(kept);
}

function customName(wasm, offset) {
  const length = leb128(wasm, offset);
  return Buffer.from(wasm.subarray(length.end, length.end + length.value)).toString("utf8");
}

/** Does so with a file. */
export function dropNames(path) {
  writeFileSync(path, withoutNames(readFileSync(path)));
}
