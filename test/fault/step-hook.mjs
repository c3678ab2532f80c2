// Loaded into the built server before anything else: counts the changes it makes under MODEL_DIR and, at a chosen one,
// kills the process or fails the call. In JavaScript, because Node 20 runs no TypeScript.
//
//   STEP_MATCH   a regular expression on the step, such as `rename .* current.json`; default any
//   STEP_NUMBER  at which match it happens
//   STEP_WHEN    before | after; default before
//   STEP_FAULT   kill | an error code such as ENOSPC, which then goes on until the file STEP_HEALED exists
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { MODEL_DIR: dir = '', STEP_MATCH = '.', STEP_NUMBER = '1', STEP_WHEN = 'before' } = process.env;
const { STEP_FAULT: fault = 'kill', STEP_HEALED: healed = '' } = process.env;
const match = new RegExp(STEP_MATCH);
let left = Number(STEP_NUMBER);

/** Whether this is the chosen step, or one after it while the fault lasts. */
function isHit(label) {
  if (!match.test(label)) return false;
  left--;
  return fault === 'kill' ? left === 0 : left <= 0 && !fs.existsSync(healed);
}

async function step(label, work) {
  const isNow = isHit(label);
  if (isNow && fault !== 'kill') throw Object.assign(new Error(`${fault}: ${label}`), { code: fault });
  if (isNow && STEP_WHEN === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await work();
  if (isNow && STEP_WHEN === 'after') process.kill(process.pid, 'SIGKILL');
  return result;
}

function isOurs(path) {
  return String(path).startsWith(dir);
}

function wrapPaths(name) {
  const original = fsp[name];
  fsp[name] = (...args) => {
    if (!isOurs(args[0])) return original(...args);
    const names = args.filter((arg) => typeof arg === 'string').map((path) => basename(path));
    return step([name, ...names].join(' '), () => original(...args));
  };
}

function wrapFiles() {
  const names = new WeakMap();
  let isWrapped = false;
  const open = fsp.open;
  fsp.open = async (path, flags, ...more) => {
    const isChange = typeof flags === 'number' && (flags & (fs.constants.O_CREAT | fs.constants.O_RDWR)) !== 0;
    const make = () => open(path, flags, ...more);
    const file = await (isOurs(path) && isChange ? step(`open ${basename(path)}`, make) : make());
    if (isOurs(path)) names.set(file, basename(path));
    if (!isWrapped) wrapMethods(Object.getPrototypeOf(file));
    isWrapped = true;
    return file;
  };
  const wrapMethods = (prototype) => {
    for (const name of ['write', 'sync', 'datasync', 'truncate']) {
      const original = prototype[name];
      prototype[name] = function (...args) {
        const work = () => original.apply(this, args);
        return names.has(this) ? step(`${name} ${names.get(this)}`, work) : work();
      };
    }
  };
}

if (isMainThread) {
  for (const name of ['rename', 'link', 'unlink', 'rmdir', 'mkdir']) wrapPaths(name);
  wrapFiles();
  syncBuiltinESMExports();
}
