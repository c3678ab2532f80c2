// A Redis of one's own for a test: started on a free port in a temporary directory, stopped by its process id.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { RedisConnection, type RedisConnectionOptions } from '../../src/store/redis-connection.ts';
import { removeAll } from './step-files.ts';

/** False, with a line on the console, where there is no Redis to test with. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.log('There is no redis-server here: the tests of production mode are skipped.');

export interface RedisServer {
  url: string;
  port: number;
  /** Start it again, in the same directory, with the same or other settings. */
  start(settings?: readonly string[]): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** As a power cut takes it. */
  kill(): Promise<void>;
  /** For good, with its directory. */
  end(): Promise<void>;
  /** A command of the test's own, over a connection that is closed again. */
  command(name: string, ...args: string[]): Promise<unknown>;
}

const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

/** A Redis for one test, which ends with it. */
export async function redisForTest(settings: readonly string[] = durable): Promise<RedisServer> {
  const redis = await startRedis(settings);
  onTestFinished(() => redis.end());
  return redis;
}

/** A Redis that whoever starts it must end. */
export async function startRedis(settings: readonly string[] = durable): Promise<RedisServer> {
  const dir = mkdtempSync(join(tmpdir(), 'sparrow-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let used = settings;
  const kill = async () => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  const server: RedisServer = {
    url,
    port,
    async start(other = used) {
      used = other;
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...other];
      child = spawn('redis-server', args, { stdio: 'ignore' });
      await untilItAnswers(port);
    },
    signal: (signal) => void child?.kill(signal),
    kill,
    async end() {
      await kill();
      await removeAll(dir);
    },
    async command(name, ...args) {
      const client = new Redis(url, { retryStrategy: null, maxRetriesPerRequest: 0 });
      client.on('error', () => {});
      try {
        return await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
  };
  await server.start().catch(async (error: unknown) => {
    await server.end();
    throw error;
  });
  return server;
}

/** A connection that is closed after the test. */
export async function connect(
  redis: Pick<RedisServer, 'url'>,
  options: Partial<RedisConnectionOptions> = {},
): Promise<RedisConnection> {
  const connection = await RedisConnection.open({ url: redis.url, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

/** Looks again and again until something holds; fails with what was last seen. */
export async function until<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > end)
      throw new Error(`It did not happen within ${ms} ms; last seen: ${JSON.stringify(seen)}`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** It may be loading its file, or want a password: either is an answer. */
async function untilItAnswers(port: number): Promise<void> {
  const ping = () =>
    new Promise<string>((resolve) => {
      const socket = connectTo(port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.on('error', (error) => resolve(error.message));
      socket.on('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
  await until(ping, (answer) => /PONG|NOAUTH|NOPERM|MASTERDOWN/.test(answer), 5000);
}
