// What the doctor looks at on this machine: the program itself, memory, the directory of models, the port.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { TextClassifier } from '../classifier/text-classifier.ts';
import { messageOf } from '../errors.ts';
import type { Configuration } from '../server/configuration.ts';
import { isLoopback } from '../server/dashboard-addresses.ts';
import type { Finding } from './doctor.ts';
import type { Session } from './session.ts';

const oldestNode = 20;
const newerNode = 22;
const leastMemoryBytes = 256 * 2 ** 20;
const leastDiskBytes = 100 * 2 ** 20;

export async function* checkMachine(configuration: Configuration, session: Session): AsyncGenerator<Finding> {
  yield node();
  yield kernels();
  yield memory();
  yield await modelDir(session.path(configuration.modelDir), configuration);
  yield await port(configuration);
  yield door(configuration);
}

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNode) {
    const fix = `install Node ${newerNode} or newer.`;
    return { about: 'Node', isGood: false, said: `This is ${process.version}; at least ${oldestNode} is needed.`, fix };
  }
  const fix = major < newerNode ? `works, but gets no security fixes any more: ${newerNode} or newer is better.` : null;
  return { about: 'Node', isGood: true, said: `${process.version} on ${process.platform} ${process.arch}`, fix };
}

/** The kernels need SIMD in WebAssembly; whether they run is best seen by running them. */
function kernels(): Finding {
  const start = performance.now();
  try {
    const classifier = TextClassifier.fit(['rain and wind', 'goal and match'], ['weather', 'sport']);
    const [label] = classifier.predict(['a late goal']);
    classifier.dispose();
    if (label !== 'sport') throw new Error(`a text about sport was called ${label}`);
    const ms = Math.round(performance.now() - start);
    return {
      about: 'kernels',
      isGood: true,
      said: `WebAssembly with SIMD runs; learnt and predicted in ${ms} ms`,
      fix: null,
    };
  } catch (error) {
    const fix = 'run it on a processor with SIMD (any of the last ten years), with Node 20 or newer.';
    return { about: 'kernels', isGood: false, said: `The kernels do not run: ${messageOf(error)}`, fix };
  }
}

function memory(): Finding {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 && limit < totalmem() ? limit : totalmem();
  const shown = `${(bytes / 2 ** 30).toFixed(1)} GiB${bytes === totalmem() ? '' : ' (limit of the container)'}`;
  const isGood = bytes >= leastMemoryBytes;
  const fix = isGood ? null : 'give it at least 256 MiB; large projects need more.';
  return { about: 'memory', isGood, said: shown, fix };
}

async function modelDir(path: string, { s3Url, redisUrl }: Configuration): Promise<Finding> {
  const about = 'model directory';
  const probe = join(path, `.doctor-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(path, { recursive: true });
    const file = await open(probe, 'wx');
    try {
      await file.writeFile('doctor');
      await file.sync();
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    const said = `${path} can be written; ${(free / 2 ** 30).toFixed(1)} GiB are free`;
    if (free < leastDiskBytes)
      return { about, isGood: false, said, fix: 'make room: versions and annotations are kept there.' };
    const isShared = s3Url !== null || redisUrl !== null;
    const fix = !isShared && isContainer() ? 'mount a volume there, or all of it is lost with the container.' : null;
    return { about, isGood: true, said, fix };
  } catch (error) {
    const fix = 'let the user that runs the server write there, or name another directory with MODEL_DIR.';
    return { about, isGood: false, said: `${path} cannot be written: ${messageOf(error)}`, fix };
  }
}

function isContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

/** Whether the server could listen, or whether it is one of ours that does already. */
async function port({ host, port: number }: Configuration): Promise<Finding> {
  const about = 'port';
  const refusal = await listenBriefly(host, number);
  if (refusal === null) return { about, isGood: true, said: `${host}:${number} is free`, fix: null };
  if (refusal === 'EADDRINUSE') {
    const running = await runningServer(number);
    if (running !== null)
      return { about, isGood: true, said: `${running} answers on port ${number} already`, fix: null };
  }
  const fix =
    refusal === 'EADDRINUSE'
      ? 'stop the other program, or choose another port with --port or PORT.'
      : refusal === 'EACCES'
        ? 'choose a port above 1023 with --port or PORT.'
        : 'set HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0.';
  const what = refusal === 'EADDRINUSE' ? 'is used by another program' : `cannot be opened (${refusal})`;
  return { about, isGood: false, said: `${host}:${number} ${what}`, fix };
}

function listenBriefly(host: string, number: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port: number }, () => server.close(() => resolve(null)));
  });
}

/** Name of the model class of the server that answers on a port of this machine; null when it is none of ours. */
export async function runningServer(number: number): Promise<string | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${number}/health`, { signal: AbortSignal.timeout(2000) });
    const body = (await answer.json()) as { status?: unknown; model_class?: unknown };
    return body.status === 'UP' && typeof body.model_class === 'string' ? body.model_class : null;
  } catch {
    return null;
  }
}

function door({ host, auth }: Configuration): Finding {
  const about = 'access';
  if (auth !== null) return { about, isGood: true, said: 'a user and a password are asked for', fix: null };
  if (isLoopback(host))
    return { about, isGood: true, said: `open, but only to this machine (HOST=${host})`, fix: null };
  const fix = 'set BASIC_AUTH_USER and BASIC_AUTH_PASS where others share the network.';
  return { about, isGood: true, said: `everybody who reaches ${host} may use it`, fix };
}
