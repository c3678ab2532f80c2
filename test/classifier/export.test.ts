// Exports without the programs they are for: JSON that says all, graphs with the promised inputs, scripts with the path.
import { describe, expect, it } from 'vitest';
import { exportJson } from '../../src/classifier/export-json.ts';
import { exportOnnx } from '../../src/classifier/export-onnx.ts';
import { exportSklearn } from '../../src/classifier/export-sklearn.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { exportCases, labels, texts } from './export-cases.ts';

interface JsonModel {
  classes: string[];
  blocks: { vectorizer: object; terms: string[]; idf: number[] | null }[];
  coef: number[][];
  intercept: number[];
}

describe('JSON', () => {
  it.each(exportCases)('of %s holds all that a prediction needs', (_, options) => {
    const classifier = TextClassifier.fit(texts, labels, options);
    const { classes, blocks, coef, intercept } = JSON.parse([...exportJson(classifier.model)].join('')) as JsonModel;
    expect(classes).toEqual(classifier.classes);
    expect(Float32Array.from(coef.flat())).toEqual(classifier.model.coef);
    expect(blocks.flatMap(({ terms }) => terms)).toEqual(classifier.vocabulary());
    for (const [i, { vectorizer, idf }] of blocks.entries()) {
      const known = classifier.model.blocks[i]!;
      expect({ ...vectorizer, vocabulary: null }).toEqual(known.vectorizer);
      expect(idf).toEqual(known.idf && [...known.idf]);
    }
    expect(intercept).toEqual([...classifier.model.intercept]);
  });
});

describe('ONNX', () => {
  const classifier = TextClassifier.fit(texts, labels, { features: [{}, { analyzer: 'char', ngramRange: [2, 3] }] });

  it('has an input of terms for each vectorizer, and says so', () => {
    const { inputs, outputs, bytes } = exportOnnx(classifier.model);
    expect(inputs.map(({ name, type, shape }) => [name, type, shape[0]])).toEqual([
      ['terms', 'string', 'texts'],
      ['terms_1', 'string', 'texts'],
    ]);
    expect(inputs[1]!.about).toContain('char 2 to 3-grams');
    expect(outputs.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['probabilities', 'texts', 3],
      ['label', 'texts'],
    ]);
    expect(Buffer.from(bytes).includes('TfIdfVectorizer')).toBe(true);
    expect(bytes).toEqual(exportOnnx(classifier.model).bytes);
  });

  it('uses operators of the standard domain only', () => {
    const { bytes } = exportOnnx(TextClassifier.fit(texts, labels).model, { input: 'text' });
    expect(Buffer.from(bytes).includes('com.microsoft')).toBe(false);
  });

  it('refuses to split texts where it cannot', () => {
    expect(() => exportOnnx(classifier.model, { input: 'text' })).toThrow(
      'ONNX has no operators for the analyzer char: its input can be terms, not text.',
    );
  });

  it('letters that the graph leaves as they are are their own lower case', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code);
      if (/[\p{Ll}\p{Lo}\p{Nd}]/u.test(char) && char.toLowerCase() !== char) expect.fail(code.toString(16));
    }
  });
});

describe('the scikit-learn script', () => {
  it('has the path of the model as a Python string', () => {
    expect(exportSklearn('../a "b" $&.safetensors')).toContain('__file__)), "../a \\"b\\" $&.safetensors")');
  });

  it('is ASCII, so that no editor or Python reads it otherwise', () => {
    expect(/^[\t\n -~]*$/.test(exportSklearn('m'))).toBe(true);
  });
});
