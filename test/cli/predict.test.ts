// `predict`: lines out for rows in, in order, no faster than they are taken; and tasks that Label Studio imports.
import { PassThrough, Readable, Writable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { corpus, exported, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(90);

beforeAll(async () => {
  desk.write('train.jsonl', jsonl(samples));
  await desk.run(['train', 'train.jsonl', '-m', 'model']);
});

function parsed(out: string) {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('lines', () => {
  test('each row gives its label and score, in order', async () => {
    const { code, out, err } = await desk.run(['predict', 'model', 'train.jsonl']);
    expect([code, err]).toEqual([0, '']);
    const lines = parsed(out);
    expect(lines.map(({ label }) => label)).toEqual(samples.map(({ label }) => label));
    expect(Object.keys(lines[0])).toEqual(['label', 'score']);
    for (const { score } of lines) expect(score).toBeGreaterThan(1 / 3);
  });

  test('--probabilities adds all classes, which sum to one', async () => {
    const [line] = parsed((await desk.run(['predict', 'model', 'train.jsonl', '--probabilities'])).out);
    expect(Object.keys(line.probabilities)).toEqual(['money', 'sport', 'weather']);
    expect(Object.values<number>(line.probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(line.probabilities[line.label]).toBe(line.score);
  });

  test('--score gives the margin or how little doubt there is instead', async () => {
    const scores = async (...argv: string[]) =>
      parsed((await desk.run(['predict', 'model', 'train.jsonl', ...argv])).out).map(({ score }) => score);
    const [plain, margin, entropy] = [
      await scores('--score', 'probability'),
      await scores('--score', 'margin'),
      await scores('--score', 'entropy'),
    ];
    expect(plain).toEqual(await scores());
    for (const [i, score] of plain.entries()) {
      expect(margin[i]).toBeLessThan(score);
      expect(entropy[i] > 0 && entropy[i] < 1).toBe(true);
    }
    const { code, err } = await desk.run(['predict', 'model', 'train.jsonl', '--score', 'luck']);
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are probability, margin, entropy');
  });

  test('standard input is read by - and by nothing; tasks and rows may mix', async () => {
    const [task] = exported(samples.slice(0, 1));
    const stdin = jsonl([samples[1]!, task!, samples[2]!]);
    const labels = [samples[1]!.label, samples[0]!.label, samples[2]!.label];
    for (const argv of [[], ['-']]) {
      const { out } = await desk.run(['predict', 'model', ...argv], { stdin });
      expect(parsed(out).map(({ label }) => label)).toEqual(labels);
    }
  });

  test('an answer comes before the next question is asked', async () => {
    const stdin = new PassThrough();
    let answers = 0;
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        answers += String(chunk).split('\n').length - 1;
        if (answers < 3 && String(chunk) !== '') stdin.write(jsonl([samples[answers]!]));
        else if (answers >= 3) stdin.end();
        done();
      },
    });
    stdin.write(jsonl([samples[0]!]));
    expect((await desk.run(['predict', 'model', '-'], { stdin, io: { stdout } })).code).toBe(0);
    expect(answers).toBe(3);
  });

  test('no more is read than the reader of the output has taken', async () => {
    const line = jsonl([samples[0]!]);
    let asked = 0;
    const stdin = Readable.from(
      (function* () {
        for (; asked < 500; asked++) yield Buffer.from(line.repeat(300));
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
    let askedWhenHeld = 0;
    let writes = 0;
    const stdout = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        if (++writes < 3) return done();
        if (writes > 3) return done();
        const before = asked;
        // Held for fifty turns of the event loop: what goes on meanwhile must be little.
        let turns = 50;
        const wait = (): void => {
          if (--turns > 0) setImmediate(wait);
          else {
            askedWhenHeld = asked - before;
            done();
          }
        };
        wait();
      },
    });
    await desk.run(['predict', 'model', '-'], { stdin, io: { stdout } });
    expect(asked).toBe(500);
    expect(askedWhenHeld).toBeLessThan(5);
  });

  test('a bad line is named after the answers to the lines before it', async () => {
    const stdin = new PassThrough();
    stdin.write(jsonl(samples.slice(0, 2)));
    setImmediate(() => stdin.end('{"body":"x"}\n'));
    const { code, out, err } = await desk.run(['predict', 'model'], { stdin });
    expect(parsed(out)).toHaveLength(2);
    expect([code, err]).toEqual([
      2,
      'sparrow: standard input:3: no column "text": there is "body"; name the right one with --text-column.\n',
    ]);
  });

  test('a model for several labels gives a list', async () => {
    const rows = samples.map(({ text, label }, i) => ({ text, label: i % 3 === 0 ? [label, 'both'] : [label] }));
    desk.write('multi.jsonl', jsonl(rows));
    await desk.run(['train', 'multi.jsonl', '-m', 'multi', '--C', '50']);
    const lines = parsed((await desk.run(['predict', 'multi', 'multi.jsonl'])).out);
    expect(lines[0].label).toEqual(['both', 'sport']);
    expect(lines[1].label).toEqual(['weather']);
  });
});

describe('tasks for Label Studio', () => {
  const choices = (labels: readonly string[], name = 'topic') =>
    `<Choices name="${name}" toName="doc">${labels.map((label) => `<Choice value="${label}"/>`).join('')}</Choices>`;
  const config = (...controls: string[]) => `<View><Text name="doc" value="$body"/>${controls.join('')}</View>`;

  async function tasksFrom(content: string, xml: string, ...argv: string[]) {
    desk.write('in.jsonl', content);
    desk.write('config.xml', xml);
    const { code, out, err } = await desk.run([
      'predict',
      'model',
      'in.jsonl',
      '--label-studio',
      'config.xml',
      ...argv,
    ]);
    return { code, err, tasks: code === 0 ? JSON.parse(out) : undefined };
  }

  const all = config(choices(['money', 'sport', 'weather']));

  test('rows become tasks with a prediction each', async () => {
    const { tasks } = await tasksFrom(jsonl(samples.slice(0, 3)), all);
    expect(tasks).toHaveLength(3);
    const { version } = JSON.parse((await desk.run(['inspect', 'model', '--json'])).out);
    expect(tasks[0]).toEqual({
      data: { text: samples[0]!.text, label: samples[0]!.label, body: samples[0]!.text },
      predictions: [
        {
          model_version: version,
          score: expect.any(Number),
          result: [
            {
              id: 'sparrow-1',
              from_name: 'topic',
              to_name: 'doc',
              type: 'choices',
              value: { choices: [samples[0]!.label] },
            },
          ],
        },
      ],
    });
  });

  test('tasks keep identity and data, lose annotations, and have an empty prediction without text', async () => {
    const tasks = [...exported(samples.slice(0, 1), 'body'), { id: 'x', data: { number: 1 }, meta: { a: 1 } }];
    const result = (await tasksFrom(jsonl(tasks), all)).tasks;
    expect(result[0]).toMatchObject({ id: 1, data: tasks[0]!.data });
    expect(Object.keys(result[0])).toEqual(['id', 'data', 'predictions']);
    expect(result[1]).toMatchObject({ id: 'x', meta: { a: 1 }, predictions: [{ result: [], score: 0 }] });
  });

  test('the control that has all classes of the model is chosen', async () => {
    const xml = config(choices(['good', 'bad'], 'tone'), choices(['weather', 'sport', 'money', 'other']));
    const { tasks } = await tasksFrom(jsonl(samples.slice(0, 1)), xml);
    expect(tasks[0].predictions[0].result[0].from_name).toBe('topic');
  });

  test('a config without the classes of the model is refused before anything is written', async () => {
    const { code, err } = await tasksFrom(jsonl(samples.slice(0, 1)), config(choices(['money', 'sport'])));
    expect([code, err]).toEqual([
      2,
      'sparrow: config.xml: no control has all classes of the model: "topic" lacks "weather".\n',
    ]);
    expect((await tasksFrom('', '<View>')).code).toBe(2);
  });
});
