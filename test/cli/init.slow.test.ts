// `sparrow init` and what follows: the directory it makes is started, asked, trained, changed and broken, as its owner would.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { modelSource } from '../../src/cli/init-model.ts';

const root = new URL('../../', import.meta.url);
const dist = new URL(process.env.DIST ?? '../../dist/', import.meta.url);
const cli = fileURLToPath(new URL('cli.js', dist));
const folder = mkdtempSync(join(tmpdir(), 'sparrow-init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(...argv: string[]) {
  return spawnSync(process.execPath, [cli, ...argv], { cwd: folder, encoding: 'utf8' });
}

class Started {
  readonly child: ChildProcess;
  err = '';
  out = '';
  port = 0;

  constructor(argv: readonly string[]) {
    const env = { PATH: process.env.PATH, TMPDIR: folder };
    this.child = spawn(process.execPath, [cli, 'start', ...argv, '--port', '0', '--host', '127.0.0.1'], {
      cwd: folder,
      env,
    });
    children.push(this.child);
    this.child.stderr?.on('data', (data) => {
      this.err += data;
    });
    this.child.stdout?.on('data', (data) => {
      this.out += data;
    });
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.err);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async post(path: string, body: object) {
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${this.port}${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
    return { status: answer.status, body: (await answer.json()) as any, id: answer.headers.get('x-request-id') };
  }

  async get(path: string) {
    // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
    return (await (await fetch(`http://127.0.0.1:${this.port}${path}`)).json()) as any;
  }
}

async function start(...argv: string[]): Promise<Started> {
  const server = new Started(argv);
  server.port = Number((await server.says(/listening on 127\.0\.0\.1:(\d+)/))[1]);
  return server;
}

const tasks = [{ id: 1, data: { text: 'a goal by the striker' } }];

function annotation(id: number, text: string, label: string): object {
  const result = [{ from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: [label] } }];
  return {
    action: 'ANNOTATION_CREATED',
    project: { id: 1 },
    task: { id, data: { text } },
    annotation: { id, task: id, result },
  };
}

async function trained(server: Started): Promise<void> {
  const labelled = [
    ['A late goal decides the final', 'Sports'],
    ['The bank raises its rates again', 'Business'],
    ['The striker scores a goal', 'Sports'],
    ['Shares of the bank fall', 'Business'],
  ] as const;
  for (const [i, [text, label]] of labelled.entries()) await server.post('/webhook', annotation(i + 1, text, label));
  while ((await server.get('/api/projects/1')).training) await new Promise((done) => setTimeout(done, 20));
}

describe.skipIf(!existsSync(cli))('sparrow init', () => {
  test('makes a directory, and does not write over what is there', () => {
    const made = run('init', 'my_backend');
    expect([made.status, made.stdout]).toEqual([0, '']);
    expect(made.stderr).toContain('my_backend has the class NewsClassifier in model.ts');
    const files = readdirSync(join(folder, 'my_backend')).sort();
    for (const name of ['model.ts', 'package.json', 'label_config.xml', 'README.md', 'model.test.mjs', 'Dockerfile']) {
      expect(files).toContain(name);
    }
    for (const name of ['docker-compose.yml', '.env.example', '.dockerignore']) expect(files).toContain(name);
    const readme = join(folder, 'my_backend/README.md');
    writeFileSync(readme, 'mine');
    const again = run('init', 'my_backend');
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('README.md');
    expect(again.stderr).toContain('--force');
    expect(readFileSync(readme, 'utf8')).toBe('mine');
    expect(run('init', 'my_backend', '--force').status).toBe(0);
    expect(readFileSync(readme, 'utf8')).toContain('# my-backend');
  });

  test('takes the class of a script, and says which there are when there are several', () => {
    const one = `import { MLBackend } from 'sparrow-ml/sdk';
      export class Alpha extends MLBackend { predict(tasks) { return tasks.map(() => ({ result: [], score: 0 })); } fit() {} }`;
    writeFileSync(join(folder, 'one.mjs'), one);
    const made = run('init', 'from_script', '--script', 'one.mjs');
    expect(made.stderr).toContain('the class Alpha in model.mjs');
    expect(readFileSync(join(folder, 'from_script/model.mjs'), 'utf8')).toBe(one);
    expect(readFileSync(join(folder, 'from_script/model.test.mjs'), 'utf8')).toContain("'./model.mjs'");
    writeFileSync(join(folder, 'two.mjs'), `${one}\nexport class Beta extends Alpha {}`);
    const several = run('init', 'other', '--script', 'two.mjs');
    expect([several.status, several.stderr]).toEqual([
      2,
      'sparrow: two.mjs exports Alpha and Beta: make the one to serve its default export.\n',
    ]);
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  test.each([
    ['none.ts', null, 'There is no file none.ts'],
    ['model.py', '', 'must be a .ts, .js or .mjs file'],
    ['nothing.mjs', 'export const a = 1;', 'exports no class with predict() and fit()'],
    ['broken.mjs', 'export default class {\n  predict() {\n    retrn 1 2;\n  }\n}', 'broken.mjs:3: '],
    ['broken.ts', 'let a: number = 1;\nlet b: = 2;', 'broken.ts:2:8: '],
    ['enum.ts', 'enum A { B }', 'enum is not supported'],
    ['lost.mjs', "import './lost-too.js';", 'lost-too.js'],
  ])('refuses the script %s with a sentence', (name, source, sentence) => {
    if (source !== null) writeFileSync(join(folder, name), source);
    const refused = run('init', 'refused', '--script', name);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(sentence);
    expect(refused.stderr.trim().split('\n').length).toBe(1);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  test('writes a model of fewer than 80 lines that passes a strict compiler, and a test that passes', () => {
    expect(modelSource.trim().split('\n').length).toBeLessThan(80);
    run('init', 'checked');
    const path = join(folder, 'checked');
    mkdirSync(join(path, 'node_modules'));
    symlinkSync(fileURLToPath(new URL('..', dist)), join(path, 'node_modules/sparrow-ml'), 'dir');
    const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
    const compiled = spawnSync(process.execPath, [compiler, '-p', path], { encoding: 'utf8' });
    expect([compiled.stdout, compiled.status]).toEqual(['', 0]);
    const env = { PATH: process.env.PATH };
    const tested = spawnSync(process.execPath, ['--test'], { cwd: path, encoding: 'utf8', env });
    expect([tested.stdout.match(/# pass (\d+)/)?.[1], tested.status]).toEqual(['3', 0]);
  });
});

describe.skipIf(!existsSync(cli))('sparrow start DIR', () => {
  test('serves a new backend: setup, prediction, training, prediction, and its own .env', async () => {
    run('init', 'served');
    const schema = readFileSync(join(folder, 'served/label_config.xml'), 'utf8');
    writeFileSync(join(folder, 'served/.env'), 'MODEL_DIR=kept\nLOG_LEVEL=debug\n');
    const server = await start('served');
    const { model_version: version } = (await server.post('/setup', { project: '1', schema })).body;
    expect(version).toMatch(/^untrained-/);
    const before = await server.post('/predict', { project: '1', tasks: [{ id: 1, data: { text: 'the world' } }] });
    expect(before.body.results[0].result[0].value.choices).toEqual(['World']);
    await trained(server);
    const { results } = (await server.post('/predict', { project: '1', tasks })).body;
    expect(results[0].result[0].value.choices).toEqual(['Sports']);
    const { versions } = await server.get('/api/projects/1/versions');
    expect(versions[0].trainOutput).toEqual({ labels: ['Business', 'Sports'], modelFile: 'model.safetensors' });
    expect(existsSync(join(folder, 'served/kept'))).toBe(true);
    server.child.kill('SIGTERM');
    expect((await once(server.child, 'close'))[0]).toBe(0);
    const again = await start('served');
    const after = (await again.post('/predict', { project: '1', tasks })).body.results[0];
    expect([after.result[0].value.choices, after.model_version]).toEqual([['Sports'], results[0].model_version]);
  });

  test('takes up changes at once, and keeps the model before them where they are broken', async () => {
    run('init', 'changing');
    const path = join(folder, 'changing/model.ts');
    const words = join(folder, 'changing/words.ts');
    writeFileSync(words, "export const said: string = 'one';");
    const source = (more: string) => `import { MLBackend, type Prediction, type Task } from 'sparrow-ml/sdk';
      import { said } from './words.js';
      export class Changing extends MLBackend {
        predict(tasks: readonly Task[]): Prediction[] { ${more} return tasks.map(() => ({ result: [], score: 0, reason: said })); }
        fit(): void {}
      }`;
    writeFileSync(path, source(''));
    const schema = readFileSync(join(folder, 'changing/label_config.xml'), 'utf8');
    const server = await start('changing');
    await server.post('/setup', { project: '1', schema });
    const said = async () => (await server.post('/predict', { project: '1', tasks })).body.results?.[0].reason;
    expect(await said()).toBe('one');
    writeFileSync(words, "export const said: string = 'three';");
    await server.says(/changing has changed: the new model answers/);
    expect(await said()).toBe('three');
    writeFileSync(path, source('const a: = 1;'));
    await server.says(/model\.ts:4:\d+: .*The model before the change goes on answering/);
    expect(await said()).toBe('three');
  });

  test('shows an error of the model with its file and line, and the client no more than a reference', async () => {
    run('init', 'failing');
    const path = join(folder, 'failing/model.mjs');
    rmSync(join(folder, 'failing/model.ts'));
    writeFileSync(
      path,
      `import { MLBackend } from 'sparrow-ml/sdk';
export class Failing extends MLBackend {
  predict(tasks) {
    return tasks.map((task) => task.secret.of.ours);
  }
  fit() {
    throw new RangeError('nothing fits');
  }
}`,
    );
    const schema = readFileSync(join(folder, 'failing/label_config.xml'), 'utf8');
    const server = await start('failing');
    await server.post('/setup', { project: '1', schema });
    const { status, body, id } = await server.post('/predict', { project: '1', tasks });
    expect([status, body]).toEqual([
      500,
      { error: `The model's own code failed in predict() of Failing; the log has it under request ${id}.` },
    ]);
    await server.says(
      new RegExp(`model\\.mjs:4:44: .*Cannot read properties of undefined \\(reading 'of'\\) \\(request ${id}\\)`),
    );
    await trained(server);
    await server.says(/model\.mjs:7:11: nothing fits/);
    const line = server.out.split('\n').find((one) => one.includes(`"request":"${id}"`) && one.includes('"stack"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ at: 'model.mjs:4:44', level: 50 });
  });
});
