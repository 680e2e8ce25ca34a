// Takes the names of functions out of the built wasm, shortens those of its imports, and
// has each module of ours named once in its JavaScript.
//
// The names of functions are a sixth of what a deploy uploads and every cold start loads, and
// all they are good for is the stack of a panic, which says its file and line
// anyway. worker-build makes wasm-opt keep them and has no switch for it.
//
// An import is named by wasm-bindgen after what it calls, with a hash: 16 digits that
// no compressor makes smaller, 200 times. Only the module and the JavaScript beside it
// have to agree on the name.
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

/** The sections of a module: where each begins, its contents, and where it ends. */
function sections(wasm) {
  const found = [];
  for (let start = HEADER_BYTES; start < wasm.length; ) {
    const size = leb128(wasm, start + 1);
    const end = size.end + size.value;
    found.push({ id: wasm[start], start, contents: size.end, end });
    start = end;
  }
  return found;
}

/**
 * The module without its name section.
 * @param {Uint8Array} wasm
 * @returns {Uint8Array}
 */
export function withoutNames(wasm) {
  const kept = sections(wasm).filter(
    ({ id, contents }) => id !== CUSTOM || textAt(wasm, contents).value !== "name",
  );
  return Buffer.concat([
    wasm.subarray(0, HEADER_BYTES),
    ...kept.map(({ start, end }) => wasm.subarray(start, end)),
  ]);
}

/** From which module the imports come that the JavaScript beside ours provides. */
const OURS = "./index_bg.js";

const IMPORTS = 2;
const FUNCTION = 0;

/**
 * The module and its JavaScript with short names for the functions that the one
 * imports from the other. A name is left alone unless it stands exactly once in the
 * JavaScript, as the name of a member.
 * @param {Uint8Array} wasm
 * @param {string} script
 * @returns {{wasm: Uint8Array, script: string}}
 */
export function withShortImports(wasm, script) {
  const section = sections(wasm).find(({ id }) => id === IMPORTS);
  if (!section) {
    return { wasm, script };
  }
  const imports = importsIn(wasm, section.contents);
  const taken = new Set(imports.map(({ name }) => name));
  const short = new Map();
  for (const { module, name, kind } of imports) {
    if (module === OURS && kind === FUNCTION && standsOnce(script, name)) {
      const next = `a${short.size.toString(36)}`;
      if (taken.has(next) || new RegExp(`[{,]${next}:`).test(script)) {
        return { wasm, script };
      }
      short.set(name, next);
    }
  }
  const entries = imports.map(({ module, name, rest }) =>
    Buffer.concat([text(module), text((module === OURS && short.get(name)) || name), rest]),
  );
  const contents = Buffer.concat([toLeb128(imports.length), ...entries]);
  const replaced = Buffer.concat([
    wasm.subarray(0, section.start),
    Buffer.from([IMPORTS]),
    toLeb128(contents.length),
    contents,
    wasm.subarray(section.end),
  ]);
  const renamed = script.replace(/(?<=[{,])[\w$]+(?=:)/g, (name) => short.get(name) ?? name);
  return { wasm: replaced, script: renamed };
}

/** Whether a name stands in the script once, as that of a member: `{name:` or `,name:`. */
function standsOnce(script, name) {
  const at = script.indexOf(name);
  return (
    /^[\w$]+$/.test(name) &&
    at > 0 &&
    script.indexOf(name, at + 1) < 0 &&
    "{,".includes(script[at - 1]) &&
    script[at + name.length] === ":"
  );
}

/** The imports of a module, each with the bytes that follow its name. */
function importsIn(wasm, offset) {
  const count = leb128(wasm, offset);
  const imports = [];
  let at = count.end;
  for (let index = 0; index < count.value; index += 1) {
    const module = textAt(wasm, at);
    const name = textAt(wasm, module.end);
    const kind = wasm[name.end];
    const end = endOfImport(wasm, kind, name.end + 1);
    imports.push({ module: module.value, name: name.value, kind, rest: wasm.subarray(name.end, end) });
    at = end;
  }
  return imports;
}

/** Where the description of an import ends, which says of what type it is. */
function endOfImport(wasm, kind, offset) {
  const limits = (at) => {
    const least = leb128(wasm, at + 1).end;
    return wasm[at] & 1 ? leb128(wasm, least).end : least;
  };
  switch (kind) {
    case FUNCTION:
      return leb128(wasm, offset).end;
    case 1: // a table: what it holds, and how many
      return limits(offset + 1);
    case 2: // memory
      return limits(offset);
    case 3: // a global: its type, and whether it changes
      return offset + 2;
    case 4: // a tag: a zero, and its type
      return leb128(wasm, offset + 1).end;
    default:
      throw new Error(`the wasm imports something of kind ${kind}`);
  }
}

function textAt(wasm, offset) {
  const length = leb128(wasm, offset);
  const end = length.end + length.value;
  return { value: Buffer.from(wasm.subarray(length.end, end)).toString("utf8"), end };
}

const text = (value) => Buffer.concat([toLeb128(Buffer.byteLength(value)), Buffer.from(value)]);

function toLeb128(number) {
  const bytes = [];
  for (let rest = number; ; rest >>>= 7) {
    if (rest < 0x80) {
      bytes.push(rest);
      return Buffer.from(bytes);
    }
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/**
 * The script with each module of ours named once. wasm-bindgen names it for every function
 * that is imported from it, and wrangler warns of each.
 * @param {string} script
 */
export function withoutRepetitions(script) {
  return script.replace(/("\.\/snippets\/[^"]+":[\w$]+)(?:,\1(?![\w$]))+/g, "$1");
}

/** Does all of that with the files of a build. */
export function dropNames(wasmPath, scriptPath) {
  const named = readFileSync(wasmPath);
  const once = withoutRepetitions(readFileSync(scriptPath, "utf8"));
  const { wasm, script } = withShortImports(withoutNames(named), once);
  writeFileSync(wasmPath, wasm);
  writeFileSync(scriptPath, script);
}
