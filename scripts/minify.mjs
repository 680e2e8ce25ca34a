// `npm run minify`: the SDK and the elements in one file each, without comments, for
// pages that count requests and bytes. The modules beside them are what they are made of;
// a test compares, so that neither is changed without the other.

import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

import { at } from "./project.mjs";
import { main } from "./terminal/failure.mjs";
import { say } from "./terminal/step.mjs";

const FOLDER = at("public", "sdk");

/** The browsers that have all that the SDK uses: private fields, top-level modules, `??=`. */
const TARGET = "es2022";

/** A page with both files has one SDK: the elements load it, and do not bring another. */
const oneSdk = {
  name: "one SDK",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/tidings\.js$/ }, () => ({ path: "./tidings.min.js", external: true }));
  },
};

/**
 * @returns {Promise<Map<string, string>>} what each file in public/sdk has to be, by its name
 */
export async function minified() {
  const files = new Map();
  for (const name of ["tidings", "elements"]) {
    const { outputFiles } = await build({
      absWorkingDir: FOLDER,
      entryPoints: [`${name}.js`],
      bundle: true,
      minify: true,
      format: "esm",
      charset: "utf8",
      target: TARGET,
      plugins: [oneSdk],
      write: false,
      // Beside the file are its sources, but no map: it would be larger than they are.
      banner: { js: `// Made of ${name}.js and its modules by \`npm run minify\`.` },
    });
    files.set(`${name}.min.js`, outputFiles[0].text);
  }
  return files;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(async () => {
    for (const [name, code] of await minified()) {
      writeFileSync(`${FOLDER}/${name}`, code);
      say(`public/sdk/${name}: ${code.length} characters`);
    }
    return 0;
  });
}
