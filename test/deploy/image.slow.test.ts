// The Dockerfiles step by step, without an engine: each stage is a clean directory, what a step copies is copied, what it runs
// is run, with the absolute paths of the image put under that directory; then the image's command is started and probed.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../store/redis-server.ts';
import { type Step, stepsOf } from './dockerfile.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sparrow-image-'));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What npm says where there is neither a cached package nor a registry. */
const isOffline = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

// Nobody but root may give files away, and the image's user is not one of this machine's.
const shims = join(folder, 'shims');
mkdirSync(shims);
writeFileSync(join(shims, 'chown'), '#!/bin/sh\nexit 0\n');
chmodSync(join(shims, 'chown'), 0o755);

interface Image {
  root: string;
  workdir: string;
  environment: { [name: string]: string };
  command: string[];
  probe: string[];
}

/** Take the steps of a Dockerfile on clean directories; null where packages cannot be had. */
function build(name: string, dockerfile: string, context: string): Image | null {
  const roots = new Map<string, string>();
  const image: Image = { root: '', workdir: '/', environment: {}, command: [], probe: [] };
  const inside = (path: string) => join(image.root, path.startsWith('/') ? path : join(image.workdir, path));
  for (const step of stepsOf(dockerfile)) {
    const { instruction, rest } = step;
    if (instruction === 'FROM') {
      Object.assign(image, { root: join(folder, name, String(step.stage)), workdir: '/', environment: {} });
      mkdirSync(image.root, { recursive: true });
      roots.set(/ AS (\w+)$/.exec(rest)?.[1] ?? '', image.root);
    } else if (instruction === 'WORKDIR') {
      image.workdir = rest;
      mkdirSync(inside('.'), { recursive: true });
    } else if (instruction === 'COPY') copy(rest, { inside, context, roots });
    else if (instruction === 'RUN') {
      if (!runStep(step, image)) return null;
    } else if (instruction === 'ENV') {
      for (const pair of rest.split(' ')) image.environment[pair.split('=')[0]!] = pair.slice(pair.indexOf('=') + 1);
    } else if (instruction === 'CMD') image.command = JSON.parse(rest) as string[];
    else if (instruction === 'HEALTHCHECK') image.probe = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
  }
  return image;
}

interface Places {
  inside(path: string): string;
  context: string;
  roots: ReadonlyMap<string, string>;
}

function copy(rest: string, { inside, context, roots }: Places): void {
  const [, from] = /^--from=(\w+) /.exec(rest) ?? [];
  const words = rest.replace(/^--from=\w+ /, '').split(' ');
  const target = inside(words.at(-1)!);
  const source = from === undefined ? context : roots.get(from)!;
  for (const word of words.slice(0, -1)) {
    const path = join(source, word.replace(/\*$/, ''));
    // `package-lock.json*` is one that may be missing.
    if (word.endsWith('*') && !existsSync(path)) continue;
    const isFolder = word === '.' || from !== undefined;
    cpSync(path, isFolder ? target : join(target, word.replace(/\*$/, '')), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
}

function runStep({ rest }: Step, { root, workdir, environment }: Image): boolean {
  const script = rest.replace(/(?<=[\s=]|^)\/(src|packed|app|data)\b/g, `${root}/$1`);
  const path = `${shims}:${dirname(process.execPath)}:${process.env['PATH']}`;
  const env = { ...process.env, npm_config_prefer_offline: 'true', ...environment, PATH: path };
  const cwd = join(root, workdir);
  const { status, stderr, stdout } = spawnSync('sh', ['-euc', script], { cwd, env, encoding: 'utf8' });
  if (status === 0) return true;
  if (!isOffline.test(stderr)) throw new Error(`RUN ${rest}\n${stdout}\n${stderr}`);
  console.info('No registry to install packages from: the dry run of the image is left out.');
  return false;
}

/** The build's context: what git has or would add, less what the ignore file names. */
function contextOf(ignored: string): string {
  const context = join(folder, 'context');
  const rules = ignored
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const pattern = line.replace(/^!/, '').replace(/[.]/g, '\\.').replace(/\*/g, '[^/]*');
      return { isIgnored: !line.startsWith('!'), pattern: new RegExp(`^${pattern}(/|$)`) };
    });
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
  });
  for (const file of listed.toString().split('\0')) {
    const last = rules.findLast(({ pattern }) => pattern.test(file));
    if (file === '' || last?.isIgnored || !existsSync(join(checkout, file))) continue;
    cpSync(join(checkout, file), join(context, file), { preserveTimestamps: true });
  }
  return context;
}

/** Start the image's command as a container would, and wait until its own probe is content. */
async function healthy({
  root,
  workdir,
  environment,
  command,
  probe,
}: Image): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  const own = {
    ...environment,
    HOST: '127.0.0.1',
    PORT: String(port),
    MODEL_DIR: join(root, environment['MODEL_DIR']!),
  };
  const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, ...own };
  const cwd = join(root, workdir);
  const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: 'ignore' });
  children.push(child);
  for (;;) {
    if (spawnSync(probe[0]!, probe.slice(1), { cwd, env }).status === 0) return { port, child };
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const deploy = join(checkout, 'docs/deploy');
const ours = build(
  'ours',
  readFileSync(join(deploy, 'Dockerfile'), 'utf8'),
  contextOf(readFileSync(join(deploy, 'Dockerfile.dockerignore'), 'utf8')),
);

describe.skipIf(ours === null)('the image', () => {
  const image = ours!;

  test('is small, and holds neither sources nor tools', () => {
    const bytes = Number(execFileSync('du', ['-sk', image.root]).toString().split('\t')[0]) * 1024;
    expect(bytes).toBeLessThan(40 * 2 ** 20);
    const modules = readdirSync(join(image.root, 'app/node_modules'));
    expect(modules).toEqual(expect.arrayContaining(['bullmq', 'hono', 'ioredis', 'sparrow-ml']));
    expect(modules.filter((one) => /typescript|vitest|assemblyscript|biome/.test(one))).toEqual([]);
  });

  test('starts, is healthy, predicts, keeps its models under /data, and ends in order', async () => {
    const { port, child } = await healthy(image);
    const body = JSON.stringify({
      project: '1',
      label_config:
        '<View><Text name="t" value="$t"/><Choices name="c" toName="t"><Choice value="good"/><Choice value="bad"/></Choices></View>',
      tasks: [{ data: { t: 'so good' } }],
    });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', headers, body });
    expect(await answer.text()).toContain('"choices":["good"]');
    expect(existsSync(join(image.root, 'data/models'))).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('so does the one of a new backend', async () => {
    const packed = join(folder, 'ours/0/packed');
    const [archive = ''] = readdirSync(packed);
    const context = join(folder, 'mine');
    const cli = join(image.root, 'app/node_modules/sparrow-ml/dist/cli.js');
    expect(spawnSync(process.execPath, [cli, 'init', context]).status).toBe(0);
    const manifest = JSON.parse(readFileSync(join(context, 'package.json'), 'utf8')) as {
      dependencies: { [name: string]: string };
    };
    // As if it were published already.
    manifest.dependencies['sparrow-ml'] = `file:${join(packed, archive)}`;
    writeFileSync(join(context, 'package.json'), JSON.stringify(manifest));
    const mine = build('new', readFileSync(join(context, 'Dockerfile'), 'utf8'), context);
    expect(mine).not.toBeNull();
    cpSync(
      join(checkout, 'node_modules/@swc/wasm-typescript'),
      join(mine!.root, 'app/node_modules/@swc/wasm-typescript'),
      { recursive: true },
    );
    const { port } = await healthy(mine!);
    const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
    expect(health).toMatchObject({ model_class: 'NewsClassifier' });
  });
});
