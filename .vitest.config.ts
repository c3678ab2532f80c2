// Projects, run one after the other: `fast` on every keystroke, `slow` (corpora, packages, processes, documents, pages in a
// browser, a simulated Label Studio) with it in `npm test`, and with SPARROW_TRIAL=1 also `trial`: tests of whole systems
// (Redis, faults) that have not yet been seen to pass often enough on a quiet machine to hold up a build.
import { defineConfig } from 'vitest/config';

const trusted = [
  'test/classifier/corpora.slow.test.ts',
  'test/package/*.slow.test.ts',
  'test/training/thread-runner.slow.test.ts',
  'test/training/bullmq.slow.test.ts',
  'test/store/*.slow.test.ts',
  'test/fault/{crash,disk,production,secrets,stop,tokenizer-bytes,training}.slow.test.ts',
  'test/labelstudio-server/*.slow.test.ts',
  'test/threads/*.slow.test.ts',
  'test/docs/*.slow.test.ts',
  'test/server/dashboard.slow.test.ts',
  'test/editor/*.slow.test.ts',
];
const all = 'test/**/*.slow.test.ts';
const patient = { testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false };

export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: '.build/test-results.json' }]],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [all],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'slow', include: trusted, ...patient, sequence: { groupOrder: 1 } } },
      ...(process.env['SPARROW_TRIAL'] === '1'
        ? [{ test: { name: 'trial', include: [all], exclude: trusted, ...patient, sequence: { groupOrder: 2 } } }]
        : []),
    ],
  },
});
