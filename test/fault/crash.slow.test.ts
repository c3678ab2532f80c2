// The built server killed with SIGKILL at every named step of its writing and at random moments, under a load of
// webhooks and predictions, and started again each time. CRASH_KILLS makes it long; the seed is in the test's name.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FileJournal } from '../../src/store/file-journal.ts';
import { counterOf } from '../../src/store/version-name.ts';
import { randomFrom } from '../oracle/random.ts';
import { annotated, newsTexts, predictBody } from '../server/try-app.ts';
import { type BuiltServer, isBuilt, modelDirectory, pause, settled, startBuilt } from './built-server.ts';

const kills = Number(process.env.CRASH_KILLS ?? 6);
const isLong = kills > 20;
/** Then another project begins: reading and training a large one takes the time of many kills. */
const killsOfALife = 20;
const seed = Number(process.env.SEED ?? 20_261_124);
const hook = fileURLToPath(new URL('./step-hook.mjs', import.meta.url));
const env = { KEEP_VERSIONS: '2', LOG_LEVEL: 'warn' };
const fuse = 30_000;

/** Steps of a save, a webhook and a clean-up, as the hook names them, in the order of a life; a short run takes some. */
const steps: readonly [step: string, isShort: boolean][] = [
  ['link \\S+ writer\\.lock', true],
  ['rename \\S+ state\\.json', false],
  ['write \\S+\\.journal$', false],
  ['datasync \\S+\\.journal$', true],
  ['rename \\S+ project\\.json', false],
  ['write 0\\.safetensors', true],
  ['sync 0\\.safetensors', false],
  ['write version\\.json', false],
  ['rename \\S+\\.tmp v\\d', true],
  ['rename \\S+ current\\.json', true],
  ['rename v\\S+ \\S+\\.tmp', false],
  ['unlink (0\\.safetensors|version\\.json)', true],
];

/** One project's life over many processes, and what they acknowledged. */
class Life {
  readonly dir = modelDirectory();
  readonly acknowledged = new Set<string>();
  readonly names = new Map<number, string>();
  /** The newest version that answered a prediction. */
  newest = 0;
  rounds = 0;
  #next = 1;

  /** Start, check what the last one left, work until it is killed. */
  async round(kill: { node: string[]; env: { [name: string]: string } } | ((server: BuiltServer) => Promise<void>)) {
    this.rounds++;
    const isHooked = typeof kill !== 'function';
    const options = { dir: this.dir, env: { ...env, ...(isHooked && kill.env) }, node: isHooked ? kill.node : [] };
    const server = await startBuilt(options).catch((error: Error) => {
      // Killed on the way up, which is what was asked for, or broken, which was not.
      if (isHooked && !error.message.includes('sparrow:')) return null;
      throw error;
    });
    if (!server) return;
    try {
      await this.check(server);
      const burning = setTimeout(() => server.child.kill('SIGTERM'), fuse);
      const work = [this.#annotate(server), this.#annotate(server), this.#predict(server)];
      if (!isHooked) await kill(server);
      expect(await server.exited, `never came to ${JSON.stringify(isHooked && kill.env)}`).toEqual({
        code: null,
        signal: 'SIGKILL',
      });
      clearTimeout(burning);
      await Promise.all(work);
    } catch (error) {
      // Also the check may have been cut short by the very step.
      if (server.isRunning || server.child.signalCode !== 'SIGKILL' || isFailure(error)) throw error;
    }
    await this.#checkFiles();
  }

  async check(server: BuiltServer): Promise<void> {
    if (this.acknowledged.size === 0) return;
    const { body } = await server.get('/api/projects/7');
    expect(body.annotations).toBeGreaterThanOrEqual(this.acknowledged.size);
    await this.#ask(server);
  }

  async #annotate(server: BuiltServer): Promise<void> {
    for (;;) {
      const id = this.#next++;
      const [text, label] = newsTexts[id % newsTexts.length]!;
      const answer = await server.post('/webhook', annotated(id, `${text} ${id}`, label)).catch(() => null);
      if (answer === null) return;
      expect(answer.status).toBe(201);
      this.acknowledged.add(String(id));
    }
  }

  async #predict(server: BuiltServer): Promise<void> {
    for (;;) {
      const answer = await this.#ask(server).catch((error: unknown) => {
        if (isFailure(error)) throw error;
        return null;
      });
      if (answer === null) return;
    }
  }

  async #ask(server: BuiltServer): Promise<true> {
    const { status, body } = await server.post('/predict', predictBody(['Rain and wind']));
    expect([status, body.results.length]).toEqual([200, 1]);
    const counter = counterOf(body.model_version);
    expect(counter).toBeGreaterThanOrEqual(this.newest);
    if (counter > 0) expect(this.names.get(counter) ?? body.model_version).toBe(body.model_version);
    this.names.set(counter, body.model_version);
    this.newest = Math.max(this.newest, counter);
    return true;
  }

  /** Read beside the dead: every acknowledged annotation is there with its text. */
  async #checkFiles(): Promise<void> {
    const journal = await FileJournal.open({ dir: join(this.dir, 'journal'), readOnly: true });
    const found = new Set<string>();
    for await (const { id, data, annotations } of journal.tasks('7')) if (data && annotations.length > 0) found.add(id);
    await journal.close();
    expect([...this.acknowledged].filter((id) => !found.has(id))).toEqual([]);
  }

  /** A last start: all that was acknowledged is trained on, and nothing half-written is left. */
  async end(): Promise<void> {
    const server = await startBuilt({ dir: this.dir, env });
    await this.check(server);
    await settled(server);
    const { current, versions } = (await server.get('/api/projects/7/versions')).body;
    const serving = versions.find(({ version }: { version: string }) => version === current);
    expect(serving.trainOutput.controls[0].report.docs).toBeGreaterThanOrEqual(this.acknowledged.size);
    expect(versions.length).toBeLessThanOrEqual(3);
    await this.#ask(server);
    await server.end('SIGTERM');
    const litter = readdirSync(this.dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
    expect(litter).toEqual([]);
    const surprising = server.log.filter(({ level, msg }) => level >= 40 && !/Took over|not wholly written/.test(msg));
    expect(surprising).toEqual([]);
  }
}

function isFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'AssertionError';
}

describe.skipIf(!isBuilt)('kill -9 of the server', () => {
  test('F3 F4 at the steps of its writing, and starting again, loses nothing', async () => {
    const life = new Life();
    for (const [step, isShort] of steps) {
      if (!isLong && !isShort) continue;
      // What is before one step is mostly what is after another.
      for (const when of isLong ? ['before', 'after'] : ['after']) {
        // At once, on the way up perhaps; and later, in the middle of the load, where it comes a second time.
        const number = when === 'before' || /writer|state/.test(step) ? '1' : '2';
        const stepEnv = { STEP_MATCH: step, STEP_NUMBER: number, STEP_WHEN: when };
        await life.round({ node: ['--import', hook], env: stepEnv });
      }
    }
    await life.end();
    expect(life.acknowledged.size).toBeGreaterThan(20);
  }, 600_000);

  test(
    `F3 F4 at random moments (seed ${seed}), and starting again, loses nothing`,
    async () => {
      const random = randomFrom(seed);
      const sum = { killed: 0, annotations: 0, versions: 0 };
      while (sum.killed < kills) {
        const life = new Life();
        for (; life.rounds < killsOfALife && sum.killed < kills; sum.killed++) {
          await life.round(async (server) => {
            // Half of them in the middle of trainings and saves, the others in the middle of annotations.
            const isLate = random() < 0.5;
            const labels = life.acknowledged.size + Math.floor(random() ** 2 * 40);
            const version = isLate ? life.newest + 1 + Math.floor(random() * 3) : 0;
            while (life.acknowledged.size < labels || life.newest < version) await pause(1);
            await pause(random() * (isLate ? 100 : 10));
            server.child.kill('SIGKILL');
          });
        }
        await life.end();
        sum.annotations += life.acknowledged.size;
        sum.versions += life.newest;
      }
      expect(sum.annotations).toBeGreaterThan(20);
      expect(sum.versions).toBeGreaterThan(2);
      process.stderr.write(`  ${JSON.stringify(sum)}\n`);
    },
    kills * 20_000 + 120_000,
  );
});
