// The code of docs/recipes, read from the documents and run as it stands there:
// only the address and the name of the stream or the room are put in place.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL("../../docs/recipes/", import.meta.url));

const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;
/** Of the service, also over a WebSocket. An address without a site is the page's own. */
const ADDRESS = /(http|ws)(:\/\/localhost:8787)/g;
/** Streams of the service itself keep their names. */
const STREAM = /\/v1\/streams\/(?!tidings\.)[\w.-]+/g;
const ROOM = /\/v1\/rooms\/[\w.-]+/g;

/** The names of all recipes. */
export function recipeNames() {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => file.slice(0, -".md".length));
}

export const readRecipeFile = (file) => readFileSync(`${folder}${file}`, "utf8");

/** A recipe's blocks of code, in order. */
export function blocksOf(name) {
  return [...readRecipeFile(`${name}.md`).matchAll(BLOCK)].map(([, language, code]) => ({ language, code }));
}

/**
 * A recipe for one stream or room of a server.
 *
 * @param {string} name the document's
 * @param {{origin: string, stream?: string, room?: string}} place
 */
export function recipe(name, { origin, stream, room }) {
  const block = (language) => {
    const found = blocksOf(name).find((candidate) => candidate.language === language);
    if (!found) throw new Error(`docs/recipes/${name}.md has no ${language}`);
    return found.code
      .replace(ADDRESS, (_, scheme) => origin.replace(/^http/, scheme))
      .replace(STREAM, `/v1/streams/${stream}`)
      .replace(ROOM, `/v1/rooms/${room}`);
  };
  return {
    /** Its page. The addresses in it are relative. */
    get page() {
      return `<!doctype html><meta charset="utf-8"><title>${name}</title>\n${block("html")}`;
    },
    /** Its module, as a site serves it. */
    get module() {
      return block("js");
    },
    /** Runs its commands; the answers, parsed. */
    async runShell() {
      // -f has curl fail where the service refuses, -s keeps its meter quiet.
      const script = `curl() { command curl -fsS -w '\\n' "$@"; }\n${block("sh")}`;
      const { stdout } = await promisify(execFile)("sh", ["-euc", script]);
      return stdout.trim().split("\n").map((line) => JSON.parse(line));
    },
    /** Runs its module to the end of its top level; what it exports. */
    runModule() {
      // A module is run once for each address, so each has one of its own.
      return import(`data:text/javascript,${encodeURIComponent(block("js"))}//${(modules += 1)}`);
    },
  };
}

let modules = 0;
