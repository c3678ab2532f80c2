// The server as users run it: `node dist/server.js`, on a free port of this machine, in a directory of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../dist/server.js', import.meta.url));

/** False in a checkout that was never built. */
export const isBuilt = existsSync(entry);

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  body: any;
  ms: number;
}

export class BackendProcess {
  readonly modelDir: string;
  readonly logged: string[] = [];
  readonly #child: ChildProcess;
  #port = 0;

  private constructor(modelDir: string, environment: { [name: string]: string }) {
    this.modelDir = modelDir;
    // Nothing of this process's environment that would set the server up.
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, HOST: '127.0.0.1', PORT: '0', MODEL_DIR: modelDir, ...environment };
    this.#child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  static async start(environment: { [name: string]: string } = {}, modelDir?: string): Promise<BackendProcess> {
    const dir = modelDir ?? (await mkdtemp(join(tmpdir(), 'sparrow-')));
    const backend = new BackendProcess(dir, environment);
    await backend.#listening();
    return backend;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async get(path: string, headers: { [name: string]: string } = {}): Promise<Answer> {
    return this.#fetch(path, { headers });
  }

  async post(path: string, body: unknown, headers: { [name: string]: string } = {}): Promise<Answer> {
    const text = JSON.stringify(body);
    return this.#fetch(path, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** Resolves when the project has nothing left to train. */
  async trained(project: string | number, headers: { [name: string]: string } = {}): Promise<void> {
    for (;;) {
      const { body } = await this.get(`/is_training?project=${project}`, headers);
      if (body.is_training === false) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, 'exit');
  }

  /** Stop, and take the directory away. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.modelDir, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('the server has no output');
    stderr.on('data', (piece: Buffer) => this.logged.push(piece.toString()));
    const lines = createInterface({ input: stdout });
    await new Promise<void>((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${this.logged.join('\n')}`)));
      lines.on('line', (line) => {
        this.logged.push(line);
        if (this.#port !== 0 || !line.includes('"listening"')) return;
        this.#port = (JSON.parse(line) as { port: number }).port;
        resolve();
      });
    });
  }

  async #fetch(path: string, init: RequestInit): Promise<Answer> {
    const startedAt = performance.now();
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, body: isJson ? JSON.parse(text) : text, ms: performance.now() - startedAt };
  }
}
