// The annotator's loop through a whole Label Studio: open a task, see the prediction, choose, submit; the next prediction
// has learnt from it. The server runs as users run it, trainings in its thread.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { FileStore } from '../../src/store/file-store.ts';
import { bankingQuestions, choicesConfig, chosen, type Example } from './annotating.ts';
import { BackendProcess, isBuilt } from './backend-process.ts';
import type { Connection } from './connection.ts';
import { LabelStudio } from './label-studio.ts';

const labelled = bankingQuestions(300, 'train');
const unseen = bankingQuestions(200, 'test');
const labels = [...new Set(labelled.map(({ label }) => label))].sort();

/** Options that are chosen follow the set as it grows; here it is the training that must not depend on its past. */
const settings = { AUTO_SECONDS: '0' };

describe.skipIf(!isBuilt)('300 questions to a bank, labelled one at a time', () => {
  let studio: LabelStudio;
  let backend: BackendProcess;
  let connection: Connection;

  beforeAll(async () => {
    studio = await LabelStudio.start();
    backend = await BackendProcess.start(settings);
    const project = studio.createProject('Bank', choicesConfig(labels));
    connection = await studio.connect(project, { url: backend.url, patience: 10 });
  });

  afterAll(async () => {
    await studio.close();
    await backend.remove();
  });

  /** Share of unseen questions that the backend answers right. */
  async function accuracy(): Promise<number> {
    const [project] = studio.projects.values();
    const tasks = studio.importTasks(
      project!,
      unseen.map(({ text }) => ({ text })),
    );
    const predictions = await connection.predict(tasks);
    for (const { id } of tasks) project?.tasks.delete(id);
    const right = predictions.filter(({ result }, i) => answerOf(result) === unseen[i]?.label);
    return right.length / unseen.length;
  }

  async function annotate({ text, label }: Example, isOpened: boolean): Promise<void> {
    const [project] = studio.projects.values();
    const [task] = studio.importTasks(project!, [{ text }]);
    const seen = isOpened ? await connection.open(task!) : undefined;
    await connection.annotate(task!, [chosen('label', 'text', label)], seen);
  }

  test('predictions improve, every webhook is answered in time, and no annotation is lost', async () => {
    const shares: number[] = [await accuracy()];
    for (const [i, example] of labelled.entries()) {
      await annotate(example, i % 3 === 0);
      if (![50, 150, 300].includes(i + 1)) continue;
      await backend.trained(1);
      shares.push(await accuracy());
    }
    const times = connection.webhooks.map(({ ms }) => ms).sort((a, b) => a - b);
    const [median = 0, late = 0] = [times[150], times[296]];
    console.info(`webhooks while it trains: median ${median.toFixed(1)} ms, 99th percentile ${late.toFixed(1)} ms`);
    console.info(`accuracy on unseen questions: ${shares.map((share) => share.toFixed(2)).join(' ')}`);
    expect(connection.webhooks.filter(({ status }) => status !== 201)).toEqual([]);
    // 20 ms are promised on a machine of one's own; this one may be anybody's.
    expect(median).toBeLessThan(100);
    for (const [i, share] of shares.entries()) if (i > 1) expect(share).toBeGreaterThan(shares[i - 1] ?? 1);
    expect(shares[3]).toBeGreaterThan(2 * (shares[0] ?? 1));
    const { body } = await backend.get('/api/projects/1');
    expect(body).toMatchObject({ annotations: 300, documents: 300, training: false, lastJob: { state: 'finished' } });
    expect(body.acceptance.judged).toBe(100);
    expect(body.acceptance.accepted).toBeGreaterThan(0);
  });

  test('the model is the one that all 300 give at once, from scratch', async () => {
    const [project] = studio.projects.values();
    const annotations = [...project!.tasks.values()];
    const train = { annotations, project: '2.1', label_config: project!.labelConfig, params: {} };
    expect((await backend.post('/train', train)).status).toBe(201);
    await backend.trained(2);
    const [one, two] = await Promise.all([probabilities('1'), probabilities('2')]);
    expect(one).toHaveLength(two.length);
    const furthest = one.reduce((most, p, i) => Math.max(most, Math.abs(p - (two[i] ?? 2))), 0);
    expect(furthest).toBeLessThanOrEqual(1e-4);
  });

  /** Of every class for the unseen questions, by the model file that serves. */
  async function probabilities(key: string): Promise<Float64Array> {
    const store = await FileStore.open({ dir: backend.modelDir, readOnly: true });
    const current = await store.current(key);
    const file = await store.read(key, current?.version ?? '', '0.safetensors');
    const classifier = TextClassifier.load(file);
    const found = classifier.predictProba(unseen.map(({ text }) => text));
    classifier.dispose();
    await store.close();
    return found;
  }

  test('what is corrected, skipped or deleted is unlearnt, and a restart changes nothing', async () => {
    const [project] = studio.projects.values();
    const [first, second, third] = project!.tasks.values();
    await connection.update(first!, first!.annotations[0]!, [chosen('label', 'text', labels[0]!)]);
    await connection.remove(second!, second!.annotations[0]!);
    await connection.annotate(third!, [], undefined, true);
    await backend.trained(1);
    const before = await backend.get('/api/projects/1');
    expect(before.body).toMatchObject({ annotations: 299, documents: 299 });
    const [task] = studio.importTasks(project!, [{ text: first!.data.text }]);
    const [prediction] = await connection.predict([task!]);
    await backend.stop();
    const again = await BackendProcess.start({ ...settings, PORT: String(backend.port) }, backend.modelDir);
    backend = again;
    expect((await backend.get('/api/projects/1')).body.modelVersion).toBe(before.body.modelVersion);
    const [after] = await connection.predict([task!]);
    expect(after?.result).toEqual(prediction?.result);
    expect(after?.score).toBe(prediction?.score);
  });
});

function answerOf(result: readonly { value: { [type: string]: unknown } }[]): unknown {
  const { choices } = result[0]?.value ?? {};
  return Array.isArray(choices) ? choices[0] : null;
}
