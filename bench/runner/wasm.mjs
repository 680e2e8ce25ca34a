// Reads of a WebAssembly module how long its functions are and what they are called:
// https://webassembly.github.io/spec/core/binary/modules.html

const [CUSTOM, IMPORT, CODE] = [0, 2, 10];
const FUNCTION_NAMES = 1;

/** @returns {{name: string, bytes: number}[]} */
export function codeByFunction(module) {
  const names = new Map();
  const lengths = [];
  let imported = 0;
  for (const [id, reader] of sections(module)) {
    if (id === IMPORT) imported = importedFunctions(reader);
    if (id === CODE) {
      for (let n = reader.number(); n > 0; n -= 1) {
        const bytes = reader.number();
        lengths.push(bytes);
        reader.skip(bytes);
      }
    }
    if (id === CUSTOM && reader.text() === "name") readNames(reader, names);
  }
  return lengths.map((bytes, n) => ({ name: names.get(imported + n) ?? "", bytes }));
}

function* sections(module) {
  const reader = new Reader(module, 8, module.length);
  while (reader.at < reader.end) {
    const id = reader.byte();
    const length = reader.number();
    yield [id, new Reader(module, reader.at, reader.at + length)];
    reader.skip(length);
  }
}

function importedFunctions(reader) {
  let functions = 0;
  for (let n = reader.number(); n > 0; n -= 1) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === 0) {
      reader.number();
      functions += 1;
    } else if (kind === 4) {
      reader.byte();
      reader.number();
    } else {
      // A table, a memory or a global; the first and the last begin with a type.
      if (kind !== 2) reader.byte();
      const flags = reader.byte();
      if (kind !== 3) {
        reader.number();
        if (flags & 1) reader.number();
      }
    }
  }
  return functions;
}

function readNames(reader, names) {
  while (reader.at < reader.end) {
    const kind = reader.byte();
    const end = reader.number() + reader.at;
    if (kind === FUNCTION_NAMES) {
      for (let n = reader.number(); n > 0; n -= 1) {
        const index = reader.number();
        names.set(index, reader.text());
      }
    }
    reader.at = end;
  }
}

class Reader {
  constructor(module, at, end) {
    Object.assign(this, { module, at, end });
  }

  byte() {
    return this.module[this.at++];
  }

  /** LEB128, unsigned. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return this.module.toString("utf8", this.at - length, this.at);
  }

  skip(bytes) {
    this.at += bytes;
  }
}
