// The package as a stranger gets it: packed, installed elsewhere without running a script, started, imported, checked.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { root } from './import-graph.ts';

const checkout = fileURLToPath(root);
const folder = mkdtempSync(join(tmpdir(), 'sparrow-package-'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const labelConfig =
  '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="good"/><Choice value="bad"/></Choices></View>';
/** What npm says where there is neither a cached package nor a registry. */
const isOffline = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

// The tests of the build server have just built; elsewhere packing builds what is stale.
const packed = (
  JSON.parse(
    execFileSync(npm, ['pack', '--json', '--pack-destination', folder], {
      cwd: checkout,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as Packed[]
)[0]!;

/** False, with a line that says so, where there is no registry to install the dependencies from. */
function install(): boolean {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const flags = ['--ignore-scripts', '--prefer-offline', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const argv = ['install', ...flags, join(folder, packed.filename)];
  // With the whole environment, where registries, caches and proxies are set.
  const { status, stderr } = spawnSync(npm, argv, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return true;
  if (!isOffline.test(stderr)) throw new Error(stderr);
  console.info('No registry to install the dependencies from: tests of the installed package are left out.');
  return false;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Run a program in the directory that the package was installed into. */
function run(command: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  return spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
}

describe('the packed package', () => {
  it('holds what runs, its types and its licence, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const expected =
      /^(dist\/[a-z0-9/-]+\.(js|d\.ts|wasm|css)|dist\/licenses\.txt|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    for (const name of ['index.js', 'index.d.ts', 'browser.js', 'cli.js', 'server.js', 'wasm/sparrow.wasm']) {
      expect(paths).toContain(`dist/${name}`);
    }
    expect(paths).toContain('dist/wasm/sparrow.d.ts');
    expect(packed.unpackedSize).toBeLessThan(4e6);
  });

  it('has nothing that publint would change', async () => {
    const tarball = Uint8Array.from(readFileSync(join(folder, packed.filename))).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, level: 'suggestion', strict: true });
    expect(messages.map((message) => formatMessage(message, pkg!, { color: false }))).toEqual([]);
  });
});

describe.runIf(install())('the installed package', () => {
  it('F173 answers by both of its commands', () => {
    const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
    for (const name of ['sparrow', 'sparrow-ml']) {
      const help = run('npx', ['--no-install', name, '--help']);
      expect([help.status, help.stderr]).toEqual([0, '']);
      expect(help.stdout).toContain('train');
      expect(run('npx', ['--no-install', name, '--version']).stdout.trim()).toBe(version);
    }
  });

  it.runIf(commands.some(({ name }) => name === 'start'))('starts by the name of the package', () => {
    expect(run('npx', ['--no-install', 'sparrow-ml', 'start', '--help'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('serves by its name, without a build and without the optional packages', async () => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', HOST: '127.0.0.1' };
    const child = spawn('npx', ['--no-install', 'sparrow-ml', 'start'], { cwd: folder, env, detached: true });
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      const port = await new Promise<string>((resolve, reject) => {
        let said = '';
        child.stderr.on('data', (data) => {
          said += data;
          const found = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
          if (found !== undefined) resolve(found);
        });
        child.once('close', () => reject(new Error(said)));
      });
      const url = `http://127.0.0.1:${port}`;
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ model_class: 'SimpleTextClassifier' });
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ project: '1', label_config: labelConfig, tasks: [{ data: { text: 'so good' } }] });
      const { results } = (await (await fetch(`${url}/predict`, { method: 'POST', headers, body })).json()) as {
        results: { result: { value: unknown }[] }[];
      };
      expect(results[0]?.result[0]?.value).toEqual({ choices: ['good'] });
    } finally {
      process.kill(-child.pid!, 'SIGTERM');
      await ended;
    }
  });

  it('makes a backend and serves it with the classes of sparrow-ml/sdk', () => {
    expect(run('npx', ['--no-install', 'sparrow', 'init', 'mine']).status).toBe(0);
    const program = `
      import * as sdk from 'sparrow-ml/sdk';
      class Mine extends sdk.SimpleTextClassifier {}
      const model = new Mine(sdk.createContext({ labelConfig: ${JSON.stringify(labelConfig)} }));
      await model.setup();
      const [{ result }] = model.predict([{ data: { text: 'so good' } }], { context: null, params: {} });
      console.log(JSON.stringify([result[0].value, Object.keys(sdk).sort()]));`;
    const { stdout, stderr } = run(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stderr).toBe('');
    const names = [
      'LabelControl',
      'LabelInterface',
      'MLBackend',
      'SimpleTextClassifier',
      'SparrowError',
      'TextClassifier',
    ];
    expect(JSON.parse(stdout)).toEqual([{ choices: ['good'] }, [...names, 'createContext']]);
  });

  it('F173 trains and predicts from the command line', () => {
    const rows = ['good film', 'bad film', 'a good story', 'so bad'].map((text, i) => ({ text, label: 'pn'[i % 2] }));
    writeFileSync(join(folder, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    expect(run('npx', ['--no-install', 'sparrow', 'train', 'data.jsonl', '--model', 'm.safetensors']).status).toBe(0);
    const { stdout } = run('npx', ['--no-install', 'sparrow', 'predict', 'm.safetensors', 'data.jsonl']);
    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ label: 'p' });
  });

  it('F173 is a library that trains, without loading the server', () => {
    const program = `
      import * as library from 'sparrow-ml';
      const classifier = library.TextClassifier.fit(['good film', 'bad film'], ['pos', 'neg']);
      const again = library.TextClassifier.load(classifier.save());
      console.log(JSON.stringify({ labels: again.predict(['a good one']), names: Object.keys(library).sort() }));`;
    const { stdout, stderr } = run(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      labels: ['pos'],
      names: [
        'LogisticRegression',
        'MLBackend',
        'SparrowError',
        'TextClassifier',
        'TfidfVectorizer',
        'fromDense',
        'initialize',
        'loadModel',
        'serve',
      ],
    });
  });

  it.each(['nodenext', 'bundler'])('has types that hold in a strict program with %s resolution', (resolution) => {
    const program = `
      import { loadModel, MLBackend, serve, TextClassifier, type Prediction, type Task } from 'sparrow-ml';
      import { type LabelEvent, type LabelControl, SimpleTextClassifier } from 'sparrow-ml/sdk';
      export class Ours extends SimpleTextClassifier {
        control: LabelControl = this.labelInterface.first('Choices', 'Text');
      }
      export const kind = (event: LabelEvent): string => event.kind;
      const classifier: TextClassifier = await loadModel('m.safetensors');
      export const labels: string[] = classifier.predict(['a']);
      export class Model extends MLBackend {
        override predict(tasks: readonly Task[]): Prediction[] {
          return tasks.map(() => ({ result: [], score: 0, model_version: this.modelVersion }));
        }
        override fit(): unknown {
          return { trained: true };
        }
      }
      export const close = async (): Promise<void> => (await serve({ port: 0 })).close();
      // @ts-expect-error a port is a number
      void serve({ port: 'x' });`;
    writeFileSync(join(folder, 'program.ts'), program);
    const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const target = ['--target', 'es2023', '--lib', 'es2023,dom', '--module', module, '--moduleResolution', resolution];
    const { stdout, status } = run(process.execPath, [compiler, ...options, ...target, '--types', '', 'program.ts']);
    expect([stdout, status]).toEqual(['', 0]);
    const { stdout: files } = run(process.execPath, [
      compiler,
      ...target,
      '--types',
      '',
      '--listFilesOnly',
      'program.ts',
    ]);
    expect(files).toContain('sparrow-ml/dist/serve.d.ts');
    expect(files).not.toMatch(/node_modules\/(?!sparrow-ml\/|.*typescript)/);
  });
});
