// Fifty projects of different kinds label, train and predict at once through one server, and nothing of one shows in
// another.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choicesConfig, chosen } from './annotating.ts';
import { BackendProcess, isBuilt } from './backend-process.ts';
import { LabelStudio, type StudioProject } from './label-studio.ts';

/** What makes one project unlike the others: names of its control and text, its labels, its kind of choice. */
interface Kind {
  config: string;
  labels: [string, string];
  item(label: string): object;
  labelsIn(value: { [type: string]: unknown }): unknown[];
}

function kindOf(n: number): Kind {
  const labels: [string, string] = [`wet & ${n}`, `dry & ${n}`];
  const [from, to] = [`control ${n}`, `object ${n}`];
  const choice = (label: string) => `<Choice value="${label.replaceAll('&', '&amp;')}"/>`;
  if (n % 3 === 2) {
    const group = `group ${n}`;
    const config =
      `<View><HyperText name="${to}" value="$page"/><Taxonomy name="${from}" toName="${to}" maxUsages="1">` +
      `<Choice value="${group}">${labels.map(choice).join('')}</Choice></Taxonomy></View>`;
    return {
      config,
      labels,
      item: (label) => ({ from_name: from, to_name: to, type: 'taxonomy', value: { taxonomy: [[group, label]] } }),
      labelsIn: ({ taxonomy }) => (taxonomy as string[][]).map((path) => path[1]),
    };
  }
  const more = n % 3 === 1 ? ' choice="multiple"' : '';
  return {
    config: choicesConfig(labels, { from, to, more }),
    labels,
    item: (label) => chosen(from, to, label),
    labelsIn: ({ choices }) => choices as string[],
  };
}

const words = ['rain', 'fog', 'storm', 'flood', 'sun', 'heat', 'desert', 'drought'];

describe.skipIf(!isBuilt)('fifty projects at once', () => {
  let studio: LabelStudio;
  let backend: BackendProcess;

  beforeAll(async () => {
    studio = await LabelStudio.start();
    backend = await BackendProcess.start({ WORKERS: '2' });
  });

  afterAll(async () => {
    await studio.close();
    await backend.remove();
  });

  async function live(project: StudioProject, { labels, item }: Kind, n: number): Promise<void> {
    const { connection } = project;
    if (!connection) throw new Error('not connected');
    const data = words.map((word) => ({ text: `${word} over ${n}`, page: `<p>${word} <b>over</b> ${n}</p>` }));
    for (const [i, task] of studio.importTasks(project, data).entries()) {
      const seen = i % 4 === 0 ? await connection.open(task) : undefined;
      await connection.annotate(task, [item(labels[i < 4 ? 0 : 1])], seen);
    }
    expect(connection.webhooks.filter(({ status }) => status !== 201)).toEqual([]);
  }

  test('each learns its own labels in its own words', async () => {
    const projects = Array.from({ length: 50 }, (_, n) => {
      const kind = kindOf(n);
      return { n, kind, project: studio.createProject(`Project ${n}`, kind.config) };
    });
    for (const { project } of projects) await studio.connect(project, { url: backend.url, patience: 10 });
    await Promise.all(projects.map(({ project, kind, n }) => live(project, kind, n)));
    await Promise.all(projects.map(({ project }) => backend.trained(project.id)));
    const versions = new Set<string>();
    await Promise.all(
      projects.map(async ({ n, kind, project }) => {
        const data = [`rain and fog of ${n}`, `sun and heat of ${n}`].map((text) => ({ text, page: text }));
        const tasks = studio.importTasks(project, data);
        const predictions = await project.connection!.predict(tasks);
        const found = predictions.map(({ result }) => kind.labelsIn(result[0]?.value ?? {}));
        expect([n, found]).toEqual([n, [[kind.labels[0]], [kind.labels[1]]]]);
        for (const { model_version } of predictions) versions.add(`${n} ${model_version}`);
      }),
    );
    expect(versions.size).toBe(50);
    const { body } = await backend.get('/api/projects');
    expect(body.projects).toHaveLength(50);
    for (const summary of body.projects) {
      expect(summary).toMatchObject({ annotations: 8, documents: 8, training: false });
      expect(summary.title).toBe(`Project ${Number(summary.id) - 1}`);
      expect(JSON.stringify(summary.labels)).toContain(`& ${Number(summary.id) - 1}"`);
    }
  });
});
