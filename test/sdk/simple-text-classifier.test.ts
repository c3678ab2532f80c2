import { describe, expect, test } from 'vitest';
import type { Prediction, Task } from '../../src/labelstudio/types.ts';
import type { BackendContext, BackendSettings } from '../../src/sdk/backend.ts';
import { createContext } from '../../src/sdk/context.ts';
import { longestText } from '../../src/sdk/control-model.ts';
import { SimpleTextClassifier, type TrainOutput } from '../../src/sdk/simple-text-classifier.ts';
import { thresholdFor } from '../../src/sdk/thresholds.ts';

const news =
  '<View><Text name="news" value="$text"/><Choices name="topic" toName="news"><Choice value="Politics"/>' +
  '<Choice value="Technology"/><Choice value="Sport"/><Choice value="Weather"/></Choices></View>';

const texts: readonly [string, string][] = [
  ['Rain will spread from the west', 'Weather'],
  ['Heavy rain is expected', 'Weather'],
  ['The striker scored in the final', 'Sport'],
  ['The team won the final', 'Sport'],
  ['Parliament votes on the budget', 'Politics'],
  ['The minister and the budget', 'Politics'],
];

function task(text: unknown, id = 1): Task {
  return { id, data: { text } } as Task;
}

function labelled(id: number, text: string, items: object[]): Task {
  return { id, data: { text }, annotations: [{ id, result: items }] } as unknown as Task;
}

function choices(from_name: string, ...values: string[]): object {
  return { from_name, to_name: 'news', type: 'choices', value: { choices: values } };
}

const labelledNews = texts.map(([text, label], i) => labelled(i, text, [choices('topic', label)]));

interface Made {
  backend: SimpleTextClassifier;
  files: Map<string, Uint8Array>;
}

function made(labelConfig: string, trained: Partial<BackendContext> = {}, settings: BackendSettings = {}): Made {
  const files = new Map<string, Uint8Array>();
  const context: BackendContext = {
    ...createContext({
      project: '7',
      labelConfig,
      modelVersion: 'v1',
      settings,
      readFile: async (name) => files.get(name) ?? Promise.reject(new Error(`no file ${name}`)),
    }),
    ...trained,
  };
  return { backend: new SimpleTextClassifier(context), files };
}

async function ready(labelConfig: string, trained?: Partial<BackendContext>, settings?: BackendSettings) {
  const { backend } = made(labelConfig, trained, settings);
  await backend.setup();
  return backend;
}

/** Train on one config and load the result, perhaps under another. */
async function trainedOn(labelConfig: string, tasks: Task[], loadedConfig = labelConfig) {
  const { backend, files } = made(labelConfig);
  const trainOutput: TrainOutput = await backend.fit(tasks, {
    writeFile: (name, bytes) => void files.set(name, bytes),
    progress: () => {},
  });
  const readFile = async (name: string) => files.get(name) ?? Promise.reject(new Error(`no file ${name}`));
  return { trainOutput, files, model: await ready(loadedConfig, { trainOutput, readFile }) };
}

/** A safetensors file without its header, which also tells how long the training took. */
function tensorsOf(file: Uint8Array = new Uint8Array(8)): Buffer {
  const bytes = Buffer.from(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

const noContext = { context: null, params: {} };

function ticked(prediction: Prediction | undefined): unknown {
  return prediction?.result[0]?.value.choices;
}

describe('before the first training', () => {
  test('a text with the name of a label gets that label', async () => {
    const backend = await ready(news);
    const [prediction] = backend.predict([task('I like sport very much')], noContext);
    expect(ticked(prediction)).toEqual(['Sport']);
    expect(prediction?.score).toBeGreaterThan(0.4);
    expect(prediction?.model_version).toBe('v1');
  });

  test('a text without a known word scores one over the number of labels', async () => {
    const backend = await ready(news);
    const [prediction] = backend.predict([task('nothing in common')], noContext);
    expect(prediction?.score).toBeCloseTo(0.25, 4);
  });

  test('coldStart none gives no opinion and says why', async () => {
    const backend = await ready(news, {}, { coldStart: 'none' });
    const [prediction] = backend.predict([task('sport')], noContext);
    expect(prediction).toMatchObject({ result: [], score: 0, reason: 'topic: nothing is trained yet' });
  });

  test('labels without a single word are no ground for an opinion', async () => {
    const backend = await ready(
      '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="+"/><Choice value="-"/></Choices></View>',
    );
    expect(backend.predict([task('anything')], noContext)[0]).toMatchObject({ result: [], score: 0 });
  });

  test('a single label, too many labels and odd label names do not fail', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => `<Choice value="label ${i}"/>`).join('');
    for (const inner of ['<Choice value="only"/>', many, '<Choice value="__proto__"/><Choice value="constructor"/>']) {
      const config = `<View><Text name="t" value="$text"/><Choices name="c" toName="t">${inner}</Choices></View>`;
      const [prediction] = (await ready(config)).predict([task('constructor')], noContext);
      expect(prediction?.score).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('predict', () => {
  test('F73 odd tasks among good ones get an empty result in their place', async () => {
    const backend = await ready(news);
    const odd = [undefined, null, '', ['a'], { a: 1 }].map((text, id) => task(text, id));
    const tasks = odd.flatMap((one) => [task('sport'), one]);
    const predictions = backend.predict([...tasks, { id: 9 } as Task, task(12345)], noContext);
    expect(predictions).toHaveLength(12);
    for (const [i, prediction] of predictions.entries()) {
      const isOdd = (i % 2 === 1 && i < 10) || i === 10;
      expect(prediction.result).toHaveLength(isOdd ? 0 : 1);
      if (isOdd) expect(prediction).toMatchObject({ score: 0, reason: expect.stringContaining('topic: ') });
    }
  });

  test('in interactive use each item has a short id of its own, otherwise none', async () => {
    const backend = await ready(news);
    const ids = backend
      .predict([task('sport'), task('rain')], { context: { result: [] }, params: {} })
      .map((prediction) => prediction.result[0]?.id);
    expect(ids[0]).toMatch(/^[\w-]{10}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(backend.predict([task('sport')], noContext)[0]?.result[0]).not.toHaveProperty('id');
  });

  test('a longer text is read up to the documented length', async () => {
    const backend = await ready(news);
    const filler = 'x '.repeat(longestText / 2);
    const [cut, whole] = backend.predict([task(`${filler} sport`), task(`sport ${filler}`)], noContext);
    expect(cut?.score).toBeCloseTo(0.25, 4);
    expect(ticked(whole)).toEqual(['Sport']);
  });

  test('choices that the task brings itself limit the answer', async () => {
    const config =
      '<View><Text name="news" value="$text"/><Choices name="topic" toName="news" value="$options"/></View>';
    const { model } = await trainedOn(config, labelledNews);
    const data = { text: 'heavy rain', options: [{ value: 'Sport' }, { value: 'Politics' }] };
    const [limited, free] = model.predict([{ data }, task('heavy rain')], noContext);
    expect(['Sport', 'Politics']).toContain((ticked(limited) as string[])[0]);
    expect(ticked(free)).toEqual(['Weather']);
  });
});

describe('the score', () => {
  async function scores(score: string | undefined, config = news) {
    const { trainOutput, files } = await trainedOn(config, labelledNews);
    const readFile = async (name: string) => files.get(name) ?? Promise.reject(new Error(name));
    const model = await ready(config, { trainOutput, readFile }, score === undefined ? {} : { score });
    const tasks = ['heavy rain', 'the final budget', 'something else'].map((text) => task(text));
    return model.predict(tasks, noContext).map((prediction) => prediction.score);
  }

  test('is the probability of the label, its margin, or how little doubt there is', async () => {
    const [sure, unsure] = await scores(undefined);
    expect(await scores('probability')).toEqual(await scores(undefined));
    const margins = await scores('margin');
    const entropies = await scores('entropy');
    for (const kind of [margins, entropies]) {
      expect(kind[0]).toBeGreaterThan(kind[1]!);
      expect(kind[0]).toBeLessThan(sure!);
      for (const value of kind) expect(value).toBeGreaterThanOrEqual(0);
    }
    expect(margins[1]).toBeLessThan(unsure! / 2);
  });

  test('of several labels a text is that of the least sure one', async () => {
    const multiple = news.replace('toName="news">', 'toName="news" choice="multiple">');
    const margins = await scores('margin', multiple);
    expect(margins.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(margins[0]).not.toBe(margins[2]);
  });
});

describe('mislabeling', () => {
  const wrong = { ...labelled(1, 'Heavy rain', [choices('topic', 'Politics')]), id: 501 };
  const right = { ...labelled(2, 'Heavy rain', [choices('topic', 'Weather')]), id: 502 };

  test('of a task with a label is how likely the label is wrong', async () => {
    const { model } = await trainedOn(news, labelledNews);
    const [bad, good, none, skipped] = model.predict(
      [wrong, right, task('Heavy rain'), { ...wrong, annotations: [{ was_cancelled: true, result: [] }] } as Task],
      noContext,
    );
    expect(bad?.mislabeling).toBeGreaterThan(0.5);
    expect(good?.mislabeling).toBeLessThan(bad?.mislabeling as number);
    expect(good?.mislabeling).toBeCloseTo(1 - (good?.score ?? 0), 10);
    for (const free of [none, skipped]) expect(free).not.toHaveProperty('mislabeling');
    const untrained = await ready(news);
    expect(untrained.predict([wrong], noContext)[0]).not.toHaveProperty('mislabeling');
  });

  test('of a suspect is what a model said that had not seen it', async () => {
    const { trainOutput, files } = await trainedOn(news, labelledNews);
    const [control] = trainOutput.controls;
    const suspects = [{ task: '502', givenProbability: 0.125 }, { task: 7 }, null];
    const judged = { ...control!, report: { ...control!.report, quality: { suspects } } };
    const readFile = async (name: string) => files.get(name) ?? Promise.reject(new Error(name));
    const model = await ready(news, { trainOutput: { ...trainOutput, controls: [judged] }, readFile });
    expect(model.predict([right], noContext)[0]?.mislabeling).toBe(0.875);
  });

  test('where several labels may be given counts the least likely answer', async () => {
    const { model } = await trainedOn(news.replace('toName="news">', 'toName="news" choice="multiple">'), labelledNews);
    const [bad, good] = model.predict([wrong, right], noContext);
    expect(bad?.mislabeling).toBeGreaterThan(good?.mislabeling as number);
  });
});

describe('fit', () => {
  test('learns the labels, leaves one file and a report, and loads again', async () => {
    const { trainOutput, files, model } = await trainedOn(news, labelledNews);
    expect([...files.keys()]).toEqual(['0.safetensors']);
    expect(trainOutput.labels).toEqual(['Politics', 'Technology', 'Sport', 'Weather']);
    expect(trainOutput.controls).toMatchObject([
      {
        fromName: 'topic',
        file: '0.safetensors',
        report: { docs: 6, classes: 3, converged: true, trainingSet: { used: 6 }, support: { Weather: 2, Sport: 2 } },
      },
    ]);
    const predictions = model.predict([task('rain'), task('the final'), task('the budget')], noContext);
    expect(predictions.map(ticked)).toEqual([['Weather'], ['Sport'], ['Politics']]);
    for (const { score } of predictions) expect(score).toBeGreaterThan(0.5);
  });

  test('F19 the same tasks give the same tensors, byte for byte', async () => {
    const first = await trainedOn(news, labelledNews);
    const second = await trainedOn(news, labelledNews);
    const [one, two] = [first, second].map(({ files }) => tensorsOf(files.get('0.safetensors')));
    expect(one?.length).toBeGreaterThan(100);
    expect(one?.equals(two ?? Buffer.of())).toBe(true);
  });

  test.each([
    ['no label', [], 'no labelled text yet'],
    ['one label', labelledNews.slice(0, 1), 'one text, all labelled "Weather"'],
    ['one class', labelledNews.slice(0, 2), '2 texts, all labelled "Weather"'],
  ])('F31 %s is refused with a sentence', async (_, tasks, found) => {
    await expect(trainedOn(news, tasks)).rejects.toMatchObject({
      code: 'TOO_FEW_LABELS',
      message: `Training "topic" needs two classes with at least one labelled text each; there is ${found}.`,
    });
  });

  test('a config that holds nothing to classify is refused with what would do', async () => {
    const image =
      '<View><Image name="i" value="$image"/><Choices name="c" toName="i"><Choice value="a"/></Choices></View>';
    await expect(trainedOn(image, [])).rejects.toMatchObject({ code: 'TOO_FEW_LABELS' });
    const [prediction] = (await ready(image)).predict([task('x')], noContext);
    expect(prediction).toMatchObject({ result: [], score: 0, reason: expect.stringContaining('Image') });
  });

  test('two controls have a model each, and the score is that of the less sure one', async () => {
    const config = news.replace(
      '</View>',
      '<Choices name="tone" toName="news"><Choice value="calm"/><Choice value="loud"/></Choices></View>',
    );
    const tones = ['calm', 'loud', 'loud', 'loud', 'calm', 'calm'];
    const tasks = texts.map(([text, label], i) =>
      labelled(i, text, [choices('topic', label), choices('tone', tones[i] ?? '')]),
    );
    const { trainOutput, model } = await trainedOn(config, tasks);
    expect(trainOutput.controls.map(({ file }) => file)).toEqual(['0.safetensors', '1.safetensors']);
    const [prediction] = model.predict([task('the budget')], noContext);
    expect(prediction?.result.map(({ from_name, value }) => [from_name, value.choices])).toEqual([
      ['topic', ['Politics']],
      ['tone', ['calm']],
    ]);
    const alone = (await trainedOn(news, labelledNews)).model.predict([task('the budget')], noContext)[0];
    expect(prediction?.score).toBeLessThanOrEqual(alone?.score ?? 0);
  });

  test('a control that lacks labels waits while the other is trained', async () => {
    const config = news.replace(
      '</View>',
      '<Choices name="tone" toName="news"><Choice value="calm"/><Choice value="loud"/></Choices></View>',
    );
    const { trainOutput, model } = await trainedOn(config, labelledNews);
    expect(trainOutput.controls[1]).toMatchObject({ fromName: 'tone', file: null, reason: expect.any(String) });
    const [prediction] = model.predict([task('rain, and loud')], noContext);
    expect(prediction?.result.map(({ value }) => value.choices)).toEqual([['Weather'], ['loud']]);
  });

  test('a multiple choice ticks every likely label, and none where none is likely', async () => {
    const config = news.replace('toName="news">', 'toName="news" choice="multiple">');
    const both = Array.from({ length: 6 }, (_, i) =>
      labelled(90 + i, 'rain stops the final', [choices('topic', 'Weather', 'Sport')]),
    );
    const { model } = await trainedOn(config, [...labelledNews, ...both]);
    const [two, none] = model.predict([task('rain stops the final'), task('unheard of')], noContext);
    expect(new Set(ticked(two) as string[])).toEqual(new Set(['Weather', 'Sport']));
    expect(two?.score).toBeGreaterThan(0.5);
    expect(none).toMatchObject({ result: [], reason: 'topic: no label is likely' });
  });

  test('a multiple choice with examples enough draws its lines where F1 is best on texts it has not seen', async () => {
    const config = news.replace('toName="news">', 'toName="news" choice="multiple">');
    const fillers = ['today', 'again', 'at last', 'they say', 'in town', 'we hear', 'it seems', 'as ever'];
    // Nearly half of the texts about rain are about sport as well, and nothing in them tells which.
    const tasks = Array.from({ length: 200 }, (_, i) => {
      const filler = `${fillers[i % 8]} ${fillers[(i * 3 + 1) % 8]}`;
      if (i % 2 === 0)
        return labelled(i, `heavy rain ${filler}`, [
          choices('topic', 'Weather', ...((i / 2) % 25 < 12 ? ['Sport'] : [])),
        ]);
      return labelled(i, `the budget ${filler}`, [choices('topic', 'Politics')]);
    });
    const { trainOutput, model } = await trainedOn(config, tasks);
    const { thresholds } = trainOutput.controls[0] ?? {};
    expect(thresholds?.docs).toBe(200);
    expect(thresholdFor(thresholds, 'Sport')).toBeLessThan(0.5);
    expect(thresholds?.f1).toBeGreaterThan(thresholds?.f1AtHalf ?? 1);
    const [rain, budget] = model.predict([task('heavy rain'), task('the budget')], noContext);
    expect(new Set(ticked(rain) as string[])).toEqual(new Set(['Weather', 'Sport']));
    expect(ticked(budget)).toEqual(['Politics']);
  });

  test('a Taxonomy answers with paths', async () => {
    const config =
      '<View><Text name="news" value="$text"/><Taxonomy name="topic" toName="news" maxUsages="1"><Choice value="Out"><Choice value="Rain"/>' +
      '<Choice value="Sun"/></Choice></Taxonomy></View>';
    const item = (...path: string[]) => ({
      from_name: 'topic',
      to_name: 'news',
      type: 'taxonomy',
      value: { taxonomy: [path] },
    });
    const tasks = ['wet day', 'wet night', 'dry day', 'dry night'].map((text, i) =>
      labelled(i, text, [i < 2 ? item('Out', 'Rain') : item('Out', 'Sun')]),
    );
    const { model } = await trainedOn(config, tasks);
    const [wet, cold] = [
      ...model.predict([task('wet')], noContext),
      ...(await ready(config)).predict([task('sun')], noContext),
    ];
    expect(wet?.result[0]).toMatchObject({ type: 'taxonomy', value: { taxonomy: [['Out', 'Rain']] } });
    expect(cold?.result[0]).toMatchObject({ value: { taxonomy: [['Out', 'Sun']] } });
  });

  test('an item of another name counts only where no other control can be meant', async () => {
    const renamed = labelledNews.map(
      (one) => JSON.parse(JSON.stringify(one).replaceAll('"topic"', '"subject"')) as Task,
    );
    expect((await trainedOn(news, renamed)).trainOutput.controls[0]?.report.docs).toBe(6);
    // A control that is not served is a control all the same.
    const withRating = news.replace('</View>', '<Rating name="stars" toName="news"/></View>');
    await expect(trainedOn(withRating, renamed)).rejects.toMatchObject({ code: 'TOO_FEW_LABELS' });
  });

  test('whose word counts is a setting', async () => {
    const both = (id: number, ...labels: string[]): Task =>
      ({
        id,
        data: { text: `text ${id} ${texts[id % texts.length]?.[0]}` },
        annotations: labels.map((label, n) => ({
          id: 10 * id + n,
          updated_at: `2026-01-0${n + 1}T00:00:00Z`,
          result: [choices('topic', label)],
        })),
      }) as unknown as Task;
    const tasks = [both(1, 'Sport', 'Sport', 'Weather'), both(2, 'Weather', 'Weather', 'Sport'), both(3, 'Sport')];
    const docs = async (agreement: string) => {
      const { backend } = made(news, {}, { agreement });
      const output = await backend.fit(tasks, { writeFile: () => {}, progress: () => {} });
      return output.controls[0]?.report;
    };
    expect(await docs('majority')).toMatchObject({ docs: 3, support: { Sport: 2, Weather: 1 } });
    expect(await docs('latest')).toMatchObject({
      docs: 3,
      support: { Sport: 2, Weather: 1 },
      trainingSet: { used: 3 },
    });
    expect((await docs('each'))?.docs).toBe(7);
  });

  test('labels that the config does not list are learnt and predicted where it is open to them', async () => {
    const open =
      '<View><Text name="news" value="$text"/><Taxonomy name="topic" toName="news" maxUsages="1" allowAddLabels="true"><Choice value="Sport"/></Taxonomy></View>';
    const item = (label: string) => ({
      from_name: 'topic',
      to_name: 'news',
      type: 'taxonomy',
      value: { taxonomy: [[label]] },
    });
    const { model } = await trainedOn(
      open,
      texts.map(([text, label], i) => labelled(i, text, [item(label)])),
    );
    expect(model.predict([task('heavy rain')], noContext)[0]?.result[0]?.value).toEqual({ taxonomy: [['Weather']] });
  });

  test('F87 text at an address is learnt and predicted once it was fetched', async () => {
    const config = news.replace('value="$text"', 'value="$text" valueType="url"');
    const fetched = new Map(texts.map(([text], i) => [`/data/upload/${i}.txt`, text]));
    const tasks = texts.map(([, label], i) => labelled(i, `/data/upload/${i}.txt`, [choices('topic', label)]));
    const { backend, files } = made(config);
    const trainOutput = await backend.fit(tasks, {
      writeFile: (name, bytes) => void files.set(name, bytes),
      progress: () => {},
      fetched,
    });
    expect(trainOutput.controls[0]?.report.docs).toBe(6);
    const model = await ready(config, { trainOutput, readFile: async (name) => files.get(name) ?? new Uint8Array() });
    const tasksToPredict = [task('/data/upload/0.txt'), task('/data/upload/99.txt')];
    const [known, unknown] = model.predict(tasksToPredict, { ...noContext, fetched });
    expect(ticked(known)).toEqual(['Weather']);
    expect(unknown).toMatchObject({ result: [], reason: 'topic: its text is at an address that was not fetched' });
  });

  test('learns from the tasks that were annotated last where a setting bounds their number, and says so', async () => {
    const lines: string[] = [];
    const dated = labelledNews.map(({ annotations, ...one }, i) => {
      const [annotation] = annotations as object[];
      // The oldest stand in the middle.
      const day = String(((i + 3) % 6) + 1).padStart(2, '0');
      return { ...one, annotations: [{ ...annotation, created_at: `2026-01-${day}T00:00:00Z` }] } as unknown as Task;
    });
    const { backend } = made(news, { log: (line) => lines.push(line) }, { maxDocuments: 4 });
    const { controls } = await backend.fit(dated, { writeFile: () => {}, progress: () => {} });
    expect(controls[0]?.report).toMatchObject({
      docs: 4,
      olderTasks: 2,
      support: { Weather: 2, Sport: 1, Politics: 1 },
    });
    expect(lines).toEqual([
      'The 4 tasks that were annotated last are learnt from; 2 older ones are not: MAX_DOCUMENTS sets the limit.',
    ]);
    const all = await made(news, {}, { maxDocuments: 6 }).backend.fit(dated, {
      writeFile: () => {},
      progress: () => {},
    });
    expect(all.controls[0]?.report).toMatchObject({ docs: 6 });
    expect(all.controls[0]?.report).not.toHaveProperty('olderTasks');
  });

  test('keeps the most frequent terms where a setting bounds the vocabulary', async () => {
    const { backend } = made(news, {}, { maxVocabulary: 5 });
    const { controls } = await backend.fit(labelledNews, { writeFile: () => {}, progress: () => {} });
    expect(controls[0]?.report.features).toBe(5);
  });

  test('F24 a label that left the config is never predicted again', async () => {
    const without = news.replace('<Choice value="Weather"/>', '');
    const { model } = await trainedOn(news, labelledNews, without);
    const [prediction] = model.predict([task('heavy rain')], noContext);
    expect(ticked(prediction)).not.toEqual(['Weather']);
    expect(prediction?.result).toHaveLength(1);
  });

  test('predicted_values lets a model speak another language than the config', async () => {
    const renamed = news.replace('value="Weather"', 'value="Wetter" predicted_values="Weather"');
    const { model } = await trainedOn(news, labelledNews, renamed);
    expect(ticked(model.predict([task('heavy rain')], noContext)[0])).toEqual(['Wetter']);
  });

  test('a control that changed to multiple choice starts anew from the label names', async () => {
    const multiple = news.replace('toName="news">', 'toName="news" choice="multiple">');
    const { model } = await trainedOn(news, labelledNews, multiple);
    expect(model.predict([task('rain')], noContext)[0]?.score).toBeLessThan(0.5);
  });

  test('F84 labels called __proto__ and constructor can be learnt', async () => {
    const config = news.replace('"Sport"', '"__proto__"').replace('"Weather"', '"constructor"');
    const names = new Map([
      ['Sport', '__proto__'],
      ['Weather', 'constructor'],
    ]);
    const tasks = texts.map(([text, label], i) => labelled(i, text, [choices('topic', names.get(label) ?? label)]));
    const { model, trainOutput } = await trainedOn(config, tasks);
    expect(model.predict([task('the team won'), task('heavy rain')], noContext).map(ticked)).toEqual([
      ['__proto__'],
      ['constructor'],
    ]);
    expect(JSON.stringify(trainOutput.controls[0]?.report.support)).toContain('"__proto__":2');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('texts in a script without spaces are learnt by their characters', async () => {
    const tasks = [
      ['明天有大雨和大风', 'Weather'],
      ['今晚有雨', 'Weather'],
      ['球队赢得决赛', 'Sport'],
      ['决赛中的进球', 'Sport'],
    ].map(([text = '', label = ''], i) => labelled(i, text, [choices('topic', label)]));
    const { model } = await trainedOn(news, tasks);
    expect(model.predict([task('周末的雨'), task('这场决赛')], noContext).map(ticked)).toEqual([
      ['Weather'],
      ['Sport'],
    ]);
  });
});
