// What the scripts in package.json call: `cargo xtask COMMAND`, once it is sure
// that Rust is there to build it. Everything else is xtask's own business.
import { spawnSync } from "node:child_process";

const WANTED = [1, 95];

/** The version a program reports, or null where there is no such program. */
function versionOf(program) {
  const found = spawnSync(program, ["--version"], { encoding: "utf8" });
  return found.error ? null : (/(\d+)\.(\d+)/.exec(found.stdout) ?? ["", "0", "0"]);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}

const cargo = versionOf("cargo");
if (cargo === null) {
  stop(`Rust is missing: install Rust ${WANTED.join(".")} or newer from https://rustup.rs, then run this again.`);
}
const [major, minor] = [Number(cargo[1]), Number(cargo[2])];
if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
  stop(`Rust ${major}.${minor} is too old: run \`rustup update\` to get ${WANTED.join(".")} or newer, then run this again.`);
}
if (process.platform === "linux" && versionOf("cc") === null) {
  stop("A C compiler is missing: run `apt-get install -y build-essential` (or your system's like), then run this again.");
}

const run = spawnSync("cargo", ["xtask", ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(run.status ?? 1);
