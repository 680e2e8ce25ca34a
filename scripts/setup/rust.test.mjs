// On a machine without Rust, played by a PATH of stand-ins.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { windows } from "../process.mjs";
import { at } from "../project.mjs";

const folder = mkdtempSync(join(tmpdir(), "tidings-rust-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = windows && "the stand-ins are shell scripts";

const script = (path, lines) => writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });

/** Looks for Rust where there is no more than a shell and a curl that answers `installer`. */
function find(name, installer, env) {
  const home = join(folder, name);
  const bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  script(join(bin, "sh"), 'exec /bin/sh "$@"');
  script(join(bin, "curl"), `echo '${installer}'`);
  const code = `import { findRust } from ${JSON.stringify(at("scripts", "setup", "rust.mjs"))};
    try { console.log(await findRust()); } catch (error) { console.log(error.message); }
    process.exit();`;
  return new Promise((resolve) => {
    const environment = { PATH: bin, HOME: home, CARGO_HOME: join(home, "cargo"), ...env };
    execFile(process.execPath, ["--input-type=module", "-e", code], { env: environment }, (_, stdout) => resolve(stdout));
  });
}

const RUSTUP = `export PATH=/bin:/usr/bin; mkdir -p $CARGO_HOME/bin; cd $CARGO_HOME/bin; \
echo "echo release: 1.99.0" > rustc; cp rustc cargo; chmod +x rustc cargo`;

test("Rust is installed in Cloudflare's builds, and nowhere else", { skip }, async () => {
  assert.match(await find("builds", RUSTUP, { WORKERS_CI: "1" }), /release: 1\.99\.0/);
  assert.match(await find("laptop", RUSTUP, {}), /^Rust is not installed\n$/);
  assert.match(await find("offline", "exit 1", { WORKERS_CI: "1" }), /rustup could not install Rust\n$/);
});
