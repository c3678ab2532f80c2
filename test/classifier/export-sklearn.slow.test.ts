// The Python script run by the system's scikit-learn: the same probabilities as the classifier's, for every option.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exportSklearn } from '../../src/classifier/export-sklearn.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { hasCorpora, readCorpus } from '../corpora.ts';
import { exportCases, labels, oddTexts, texts } from './export-cases.ts';

const tolerance = 1e-6;

/** The system's Python, whatever else is first in the path. */
function python(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  return spawnSync('sh', ['-c', 'command -p python3 "$@"', 'sh', ...args], options);
}

const hasSklearn = python(['-c', 'import sklearn']).status === 0;
if (!hasSklearn) console.info("The system's python3 has no scikit-learn: tests that run it are left out.");

/** Takes scripts and texts from standard input; to start Python once for each model would take minutes. */
const driver = `
import importlib.util, json, sys
for line in sys.stdin:
    case = json.loads(line)
    spec = importlib.util.spec_from_file_location("exported", case["script"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pipeline = module.load_pipeline()
    proba = pipeline.predict_proba(case["texts"])
    labels = pipeline.predict(case["texts"])
    print(json.dumps({"names": pipeline.label_names, "proba": proba.ravel().tolist(), "labels": labels.tolist()}))
`;

interface Answer {
  names: string[];
  proba: number[];
  labels: unknown[];
}

const folder = mkdtempSync(join(tmpdir(), 'sparrow-sklearn-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What scikit-learn says of the texts, by model. */
function ask(questions: readonly { classifier: TextClassifier; texts: readonly string[] }[]): Answer[] {
  const lines = questions.map(({ classifier, texts }, i) => {
    writeFileSync(join(folder, `model "${i}".safetensors`), classifier.save());
    const script = join(folder, `model${i}.py`);
    writeFileSync(script, exportSklearn(`model "${i}".safetensors`));
    return `${JSON.stringify({ script, texts })}\n`;
  });
  const { stdout, stderr } = python(['-W', 'error', '-c', driver], lines.join(''));
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

function largestDifference(proba: readonly number[], expected: Float64Array): number {
  expect(proba).toHaveLength(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - proba[i]!)), 0);
}

describe.runIf(hasSklearn)('the scikit-learn script', () => {
  const all = [...texts, ...oddTexts, 'Straße, ΣΊΣΥΦΟΣ! e\u0301 “rain” 雨 goal\u00a0team'];
  const more: typeof exportCases = [
    ['softmax over two classes', { multiClass: 'multinomial' }],
    ['accents removed', { stripAccents: 'unicode', ngramRange: [1, 2] }],
    ['characters composed', { normalize: 'nfc', analyzer: 'char', ngramRange: [1, 2] }],
  ];

  it('gives the probabilities and labels of the classifier', () => {
    const cases = [...exportCases, ...more].map(([name, options]) => {
      const targets = options.multiClass === 'multinomial' ? labels.map((label) => label.replace('2', '1')) : labels;
      return { name, classifier: TextClassifier.fit(texts, targets, options), texts: all };
    });
    for (const [i, { names, proba, labels }] of ask(cases).entries()) {
      const { name, classifier } = cases[i]!;
      expect(names, name).toEqual(classifier.classes);
      expect(labels, name).toEqual(classifier.predict(all));
      expect(largestDifference(proba, classifier.predictProba(all)), name).toBeLessThan(tolerance);
    }
  });

  it('several labels a text are a table of zeros and ones', () => {
    const lists = texts.map((_, i) => (i % 3 === 0 ? ['a', 'b'] : i % 3 === 1 ? ['b'] : ['c']));
    const classifier = TextClassifier.fit(texts, lists, { multiLabel: true, C: 10 });
    const [answer] = ask([{ classifier, texts }]);
    const expected = classifier.predictProba(texts);
    expect(largestDifference(answer!.proba, expected)).toBeLessThan(tolerance);
    expect(answer!.labels.flat()).toEqual(Array.from(expected, (p) => Number(p > 0.5)));
  });

  it('refuses a damaged model', () => {
    const bytes = TextClassifier.fit(texts, labels).save();
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(join(folder, 'damaged.safetensors'), bytes);
    writeFileSync(join(folder, 'damaged.py'), exportSklearn('damaged.safetensors'));
    const { status, stderr } = python([join(folder, 'damaged.py')], 'a text\n');
    expect([status, stderr]).toEqual([1, expect.stringContaining('damaged.safetensors is damaged')]);
  });

  it('answers lines from a shell', () => {
    const classifier = TextClassifier.fit(texts, labels);
    writeFileSync(join(folder, 'shell.safetensors'), classifier.save());
    writeFileSync(join(folder, 'shell.py'), exportSklearn('elsewhere.safetensors'));
    const input = 'the goal\nthe storm\n';
    const { stdout } = python([join(folder, 'shell.py'), join(folder, 'shell.safetensors')], input);
    const rows = stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line) as { [name: string]: number }] : []));
    expect(rows.map((row) => Object.keys(row))).toEqual([classifier.classes, classifier.classes]);
    expect(rows[1]!['topic 1']).toBeGreaterThan(0.5);
  });

  it.runIf(hasCorpora).each([
    ['sms', {}],
    [
      'agnews',
      { features: [{ ngramRange: [1, 2] as const }, { analyzer: 'char_wb' as const, ngramRange: [2, 3] as const }] },
    ],
    ['banking77', { sublinearTf: true, C: 10 }],
    ['thucnews', { analyzer: 'char' as const, ngramRange: [1, 2] as const }],
  ])('predicts %s as the classifier does', (name, options) => {
    const train = readCorpus(name, 'train');
    const test = readCorpus(name, 'test').texts.slice(0, 1500);
    const classifier = TextClassifier.fit(train.texts, train.labels, options);
    const [answer] = ask([{ classifier, texts: test }]);
    expect(largestDifference(answer!.proba, classifier.predictProba(test))).toBeLessThan(tolerance);
  });
});
