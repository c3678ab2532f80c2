// A day in short: predictions, labels and trainings of many projects, more of them than stay loaded, and the memory of the
// second half beside that of the first. SOAK_REQUESTS=1000000 makes it long, and then the limit is the strict one.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { annotated, newsConfig, newsTexts, predictBody } from '../server/try-app.ts';
import { type BuiltServer, isBuilt, modelDirectory, startBuilt } from './built-server.ts';

const requests = Number(process.env.SOAK_REQUESTS ?? 3000);
const isLong = requests >= 100_000;
const hook = fileURLToPath(new URL('./collect-hook.mjs', import.meta.url));
const projects = isLong ? 200 : 12;
const env = { MAX_LOADED_PROJECTS: isLong ? '50' : '4', KEEP_VERSIONS: '2', LOG_LEVEL: 'warn' };

interface Sample {
  residentMiB: number;
  heapMiB: number;
  linearMiB: number;
  threads: number;
  files: number;
}

async function sampleOf(server: BuiltServer): Promise<Sample> {
  // What is not used any more shall not count: when it is collected is a matter of chance.
  server.child.kill('SIGUSR2');
  const proc = `/proc/${server.child.pid}`;
  const status = readFileSync(`${proc}/status`, 'utf8');
  const { body } = await server.get('/metrics?format=prometheus');
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
  return {
    residentMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    heapMiB: metric('nodejs_heap_size_used_bytes') / 2 ** 20,
    linearMiB: metric('sparrow_linear_memory_bytes') / 2 ** 20,
    threads: Number(/Threads:\s+(\d+)/.exec(status)?.[1]),
    files: readdirSync(`${proc}/fd`).length,
  };
}

/** Many requests at a time; every fiftieth labels a text, which is trained on. */
async function work(server: BuiltServer, from: number, to: number): Promise<void> {
  let next = from;
  const one = async () => {
    while (next < to) {
      const n = next++;
      // A few projects are used much, many a little.
      const project = Math.floor((projects * ((n * 2654435761) % 997) ** 2) / 997 ** 2);
      // Texts come round again, with another label: the training sets stop growing, but not changing.
      const [text, topic] = newsTexts[(n + Math.floor(n / 600)) % newsTexts.length]!;
      const id = 1 + (Math.floor(n / 50) % 12);
      if (n % 50 === 0) {
        const event = annotated(id, `${text} ${id}`, topic, { second: n, project: { id: project } });
        expect((await server.post('/webhook', event)).status).toBe(201);
      } else if (n % 7 === 0) {
        const setup = { project: `${project}.1`, schema: newsConfig, hostname: 'http://ls' };
        expect((await server.post('/setup', setup)).status).toBe(200);
      } else {
        const { status, body } = await server.post('/predict', predictBody([text, `${text} ${n}`], `${project}.1`));
        expect([status, body.results.length]).toEqual([200, 2]);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

/** The middle of some samples: collections and trainings come and go. */
function middle(samples: readonly Sample[], of: (sample: Sample) => number): number {
  return samples.map(of).sort((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

describe.skipIf(!isBuilt)('a long time', () => {
  test(
    `F150 F153 of ${requests} requests to ${projects} projects leaves the memory flat`,
    async () => {
      const server = await startBuilt({ dir: modelDirectory(), env, node: ['--expose-gc', '--import', hook] });
      const slices = 12;
      const slice = Math.ceil(requests / (slices + 3));
      // The first quarter warms up: code is compiled, projects are made.
      await work(server, 0, 3 * slice);
      const samples: Sample[] = [];
      for (let i = 3; i < slices + 3; i++) {
        await work(server, i * slice, (i + 1) * slice);
        samples.push(await sampleOf(server));
      }
      const [first, second] = [samples.slice(0, slices / 2), samples.slice(slices / 2)];
      const shown = ([name, of]: readonly [string, (sample: Sample) => number]) =>
        `${name} ${middle(first, of).toFixed(1)} → ${middle(second, of).toFixed(1)}`;
      const measures = [
        ['resident MiB', (sample: Sample) => sample.residentMiB],
        ['heap MiB', (sample: Sample) => sample.heapMiB],
        ['linear MiB', (sample: Sample) => sample.linearMiB],
        ['threads', (sample: Sample) => sample.threads],
        ['files', (sample: Sample) => sample.files],
      ] as const;
      const { trainings } = (await server.get('/metrics')).body;
      process.stderr.write(`  ${measures.map(shown).join(', ')}, trainings ${JSON.stringify(trainings)}\n`);
      if (isLong)
        process.stderr.write(
          `  ${samples.map((one) => `${one.residentMiB.toFixed(0)}/${one.heapMiB.toFixed(1)}`).join(' ')}\n`,
        );
      const [resident, , linear, threads, files] = measures.map(
        ([, of]) => [middle(first, of), middle(second, of)] as const,
      );
      expect(resident![1]).toBeLessThan(resident![0] * 1.05 + (isLong ? 0 : 30));
      expect(linear![1]).toBeLessThanOrEqual(linear![0] + 1);
      expect(threads![1]).toBeLessThanOrEqual(threads![0] + 1);
      expect(files![1]).toBeLessThanOrEqual(files![0] + 8);
      expect((await server.end('SIGTERM')).code).toBe(0);
    },
    120_000 + requests * 10,
  );
});
