// Every command in the docs is run, in the order of its page, against a server of its own: what a reader would do.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type Block, blocksOf, docs, isPrinted } from './blocks.ts';

const dist = new URL(process.env.DIST ?? '../../dist/', import.meta.url);
const cli = fileURLToPath(new URL('cli.js', dist));
/** The package as it would be installed. */
const root = fileURLToPath(new URL('..', dist));
const folder = mkdtempSync(join(tmpdir(), 'sparrow-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a page may ask for that not every machine has. */
const optional = ['docker', 'label-studio', 'python3-safetensors', 'redis'];
const pages = readdirSync(docs).filter(
  (name) => name.endsWith('.md') && blocksOf(name).some(({ language }) => language === 'sh'),
);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A reader at work on one page: a directory, a shell, at most one server. */
class Reader {
  readonly #directory: string;
  readonly #port: number;
  #server: ChildProcess | null = null;

  constructor(page: string, port: number) {
    this.#port = port;
    this.#directory = join(folder, page.replace('.md', ''));
    mkdirSync(join(this.#directory, 'node_modules'), { recursive: true });
    symlinkSync(root, join(this.#directory, 'node_modules/sparrow-ml'), 'dir');
  }

  run(block: Block): string {
    const found = spawnSync('bash', ['-euo', 'pipefail', '-c', this.#own(block.code)], {
      ...this.#place,
      encoding: 'utf8',
    });
    expect([`line ${block.line}`, found.stderr, found.status]).toEqual([`line ${block.line}`, expect.anything(), 0]);
    return found.stdout + found.stderr;
  }

  async serve(block: Block): Promise<void> {
    await this.stop();
    this.#server = spawn('bash', ['-c', `exec ${this.#own(block.code)}`], { ...this.#place, stdio: 'ignore' });
    for (;;) {
      expect([`line ${block.line}`, this.#server.exitCode]).toEqual([`line ${block.line}`, null]);
      const isUp = await fetch(`http://127.0.0.1:${this.#port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server || server.exitCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  }

  get #place() {
    const { PATH = '', HOME = '' } = process.env;
    return { cwd: this.#directory, env: { PATH: `${join(folder, 'bin')}:${PATH}`, HOME, HOST: '127.0.0.1' } };
  }

  /** The page's port may be taken on this machine. */
  #own(code: string): string {
    return code.replaceAll('9090', String(this.#port));
  }
}

function isHere(need: string): boolean {
  if (need === 'python3-safetensors') return spawnSync('python3', ['-c', 'import safetensors, numpy']).status === 0;
  if (need === 'redis') return spawnSync('redis-server', ['--version']).status === 0;
  return spawnSync(need, ['--version']).status === 0;
}

describe.skipIf(!existsSync(cli))('every command in the docs works', () => {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/sparrow'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(join(folder, 'bin/sparrow'), 0o755);

  test.each(pages)('%s', async (page) => {
    const reader = new Reader(page, await freePort());
    let printed = '';
    try {
      for (const block of blocksOf(page)) {
        const needs = block.words.filter((word) => word.startsWith('needs=')).map((word) => word.slice(6));
        expect(optional).toEqual(expect.arrayContaining(needs));
        if (!needs.every(isHere)) continue;
        if (block.words.includes('output')) {
          const isSaid = isPrinted(block.code, printed) || `printed instead: ${printed.slice(0, 1000)}`;
          expect([`line ${block.line}`, isSaid]).toEqual([`line ${block.line}`, true]);
        } else if (block.language === 'sh' && block.words.includes('background')) await reader.serve(block);
        else if (block.language === 'sh') printed = reader.run(block);
      }
    } finally {
      await reader.stop();
    }
  });
});
