// Makes a checkout ready: installs what is missing and builds what is stale, and does nothing, quickly, when
// nothing is. Runs before `npm start`, `npm test` and `npm run bench`, so it may use Node's own modules only.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 16)) fail(`Sparrow needs Node 20.16 or newer; this is ${process.version}.`);
const force = process.argv.includes('--force');
const quiet = process.argv.includes('--quiet');

if (olderThan('node_modules/.package-lock.json', ['package.json', 'package-lock.json'])) {
  say('installing packages');
  const command = existsSync('package-lock.json') ? 'ci' : 'install';
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [command, '--no-audit', '--no-fund', '--loglevel=error']);
  const now = new Date();
  utimesSync('node_modules/.package-lock.json', now, now);
}
if (force || olderThan('src/wasm/sparrow.wasm', ['assembly', 'asconfig.json'])) {
  say('building kernels');
  runBin('assemblyscript/bin/asc.js', ['--target', 'release']);
  runBin('assemblyscript/bin/asc.js', ['--target', 'debug']);
}
if (force || olderThan('dist/.built', ['src', '.build/bundle.mjs', 'tsconfig.json', 'package.json'])) {
  say('building the server');
  run(process.execPath, ['.build/bundle.mjs']);
  runBin('typescript/bin/tsc', ['-p', 'src']);
  writeFileSync('dist/.built', '');
}
if (process.argv.includes('--bench') && olderThan('.build/bench/.built', ['bench', 'src', 'tsconfig.json'])) {
  say('building the bench');
  rmSync('.build/bench', { recursive: true, force: true });
  runBin('typescript/bin/tsc', ['-p', 'bench']);
  copyFileSync('src/wasm/sparrow.wasm', '.build/bench/src/wasm/sparrow.wasm');
  writeFileSync('.build/bench/.built', '');
}

/** True when `target` is missing or any file under `sources` is newer than it. */
function olderThan(target, sources) {
  if (!existsSync(target)) return true;
  const built = statSync(target).mtimeMs;
  return sources.some((source) => newest(source) > built);
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter((name) => !(path === 'bench' && name === 'record'));
  return names.reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function runBin(script, args) {
  run(process.execPath, [join('node_modules', script), ...args]);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', quiet ? 2 : 'inherit', 'inherit'] });
  if (error) fail(`cannot run ${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} failed`);
}

function say(text) {
  process.stderr.write(`sparrow: ${text} …\n`);
}

function fail(text) {
  process.stderr.write(`sparrow: ${text}\n`);
  process.exit(1);
}
