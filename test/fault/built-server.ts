// The built server as a child process on 127.0.0.1: started under any environment and limit, spoken to over HTTP, and
// ended by its own process id. `dist` is there under `npm test`; DIST may name another build, such as an installed one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { removeAll } from '../store/step-files.ts';

export const dist: URL = new URL(process.env.DIST ?? '../../dist/', import.meta.url);
export const isBuilt: boolean = existsSync(new URL('server.js', dist));
export const host = '127.0.0.1';

export interface BuiltOptions {
  /** MODEL_DIR. */
  dir: string;
  env?: { [name: string]: string };
  /** Shell commands that set limits before the server takes the shell's place, such as `ulimit -n 64`. */
  limits?: string;
  /** Arguments of Node before the server's file. */
  node?: readonly string[];
  /** Run as this user and group; needs root. */
  user?: number;
  /** Body of an asynchronous `fit(tasks, context)`, which knows `this.project`, of a model class in place of ours. */
  fit?: string;
  /** Leave the log unread. */
  isDeaf?: boolean;
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
  headers: IncomingHttpHeaders;
}

/** A line of the server's log. */
export interface LogLine {
  level: number;
  msg: string;
  [key: string]: unknown;
}

export class BuiltServer {
  readonly child: ChildProcess;
  /** All that it wrote, line by line, standard error included. */
  readonly said: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #agent = new Agent({ keepAlive: true });
  port = 0;

  constructor(child: ChildProcess) {
    this.child = child;
    this.exited = once(child, 'exit').then(([code, signal]) => {
      this.#agent.destroy();
      return { code, signal } as Exit;
    });
  }

  get log(): LogLine[] {
    return this.said.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get(path: string, headers: { [name: string]: string } = {}): Promise<Reply> {
    return this.ask('GET', path, null, headers);
  }

  post(path: string, body: unknown, headers: { [name: string]: string } = {}): Promise<Reply> {
    return this.ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body), headers);
  }

  ask(method: string, path: string, body: string | null, headers: { [name: string]: string }): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const type =
        body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { host, port: this.port, method, path, agent: this.#agent, headers: { ...type, ...headers } };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json') ?? false;
          const { statusCode: status = 0, headers: heard } = response;
          resolve({ status, body: isJson ? JSON.parse(text) : text, headers: heard });
        });
      });
      sent.on('error', reject);
      sent.end(body ?? undefined);
    });
  }

  /** Send a signal and wait for the end. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (this.isRunning) this.child.kill(signal);
    return this.exited;
  }

  /** Resolves when a line of the log fits; rejects when the process ends without one. */
  async until(isIt: (line: string) => boolean): Promise<string> {
    for (;;) {
      const found = this.said.find(isIt);
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`the server ended:\n${this.said.join('\n')}`);
      await pause(5);
    }
  }
}

/** Start the server and wait until it listens. */
export async function startBuilt(options: BuiltOptions): Promise<BuiltServer> {
  const server = spawnBuilt(options);
  if (options.isDeaf) return server;
  const line = await server.until((said) => said.startsWith('Sparrow listens on '));
  server.port = Number(/:(\d+)\. /.exec(line)?.[1]);
  return server;
}

/** Start the server, or what should be one, without waiting. */
export function spawnBuilt({ dir, env = {}, limits, node = [], user, fit, isDeaf }: BuiltOptions): BuiltServer {
  const script = fit === undefined ? new URL('server.js', dist) : new URL('./serve-model.mjs', import.meta.url);
  const command = [process.execPath, ...node, fileURLToPath(script)];
  const model = fit === undefined ? {} : { BUILT: dist.href, MODEL_URL: modelThat(fit) };
  const run = limits === undefined ? command : ['sh', '-c', `${limits}; exec "$@"`, 'sh', ...command];
  const child = spawn(run[0]!, run.slice(1), {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, MODEL_DIR: dir, HOST: host, PORT: '0', ...model, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user !== undefined && { uid: user, gid: user }),
  });
  const server = new BuiltServer(child);
  for (const stream of isDeaf ? [] : [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => server.said.push(line));
  }
  onTestFinished(async () => {
    await server.end();
  });
  return server;
}

/** A module with a model class that predicts nothing and fits with the given code. */
function modelThat(fit: string): string {
  const predict = 'predict(tasks) { return tasks.map(() => ({ result: [], score: 0 })); }';
  const made = 'constructor({ project }) { this.project = project; }';
  const code = `export default class Model { ${made} ${predict} async fit(tasks, context) { ${fit} } }`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** An empty directory, removed after the test; also other users may enter it. */
export function modelDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sparrow-fault-'));
  onTestFinished(() => removeAll(directory));
  return directory;
}

/** For what has no other sign of its end than time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One request on a connection of its own; `refused` when nobody listens there. */
export function askOnce(port: number, path: string, body: object): Promise<Reply | 'refused'> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request({ host, port, path, method: 'POST', agent: false, headers }, (response) => {
      let heard = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        heard += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: heard, headers: response.headers }));
      response.on('error', reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that the system took but the server never saw is reset: not one byte of it was acted on.
      const isUnseen = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET';
      if (isUnseen) resolve('refused');
      else reject(error);
    });
    sent.end(text);
  });
}

/** The project's number of annotations once no training runs or waits. */
export async function settled(server: BuiltServer, project = '7'): Promise<Reply> {
  for (;;) {
    const answer = await server.get(`/api/projects/${project}`);
    if (answer.status !== 200 || !answer.body.training) return answer;
    await pause(10);
  }
}
