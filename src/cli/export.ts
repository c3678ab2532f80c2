// `sparrow export MODEL --format FORMAT`: a model for another program: as it is, as JSON, as an ONNX graph, or as a Python
// script that makes it a scikit-learn pipeline.
import { dirname, relative, sep } from 'node:path';
import { type Command, Option } from 'commander';
import { exportJson } from '../classifier/export-json.ts';
import { exportOnnx } from '../classifier/export-onnx.ts';
import { exportSklearn } from '../classifier/export-sklearn.ts';
import type { GraphValue } from '../classifier/onnx.ts';
import { canSplitTexts } from '../classifier/onnx-text.ts';
import type { TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import { addOutputFlags, type CommonFlags } from './data-options.ts';
import { readModel } from './model.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { counted, visible } from './visible.ts';

const endings = { safetensors: '.safetensors', json: '.json', onnx: '.onnx', sklearn: '.py' } as const;

type Format = keyof typeof endings;

interface ExportFlags extends CommonFlags {
  format: Format;
  out?: string;
  input?: 'terms' | 'text';
  force?: boolean;
}

/** A model in another form, and what whoever uses it must know. */
interface Exported {
  parts: Iterable<Uint8Array | string>;
  inputs?: readonly GraphValue[];
  outputs?: readonly GraphValue[];
  notes: readonly string[];
}

export function configure(command: Command, session: Session): void {
  command
    .argument('<model>', 'model file')
    .addOption(new Option('-f, --format <name>', 'what to write').choices(Object.keys(endings)).makeOptionMandatory())
    .option('-o, --out <file>', 'file to write (default: named as the model, with another ending)')
    .addOption(new Option('--input <kind>', 'what an ONNX graph takes (default: terms)').choices(['terms', 'text']))
    .option('--force', 'overwrite a file that exists');
  addOutputFlags(command).action((name: string, flags: ExportFlags) => exportModel(name, flags, session));
}

async function exportModel(name: string, flags: ExportFlags, session: Session): Promise<void> {
  const { format } = flags;
  if (flags.input !== undefined && format !== 'onnx') {
    throw new SparrowError('BAD_OPTION', '--input is for --format onnx only.');
  }
  const out = flags.out ?? name.replace(/(\.[^./\\]*)?$/, endings[format]);
  const target = checkOutput(out, '--out', session, { inputs: [name], force: flags.force === true });
  const { classifier, version } = readModel(name, session);
  const modelPath = relative(dirname(target.path), session.path(name)).split(sep).join('/');
  const { parts, inputs, outputs, notes } = await session.block(() => convert(classifier, flags, modelPath));
  writeOutput(target, parts, session);
  if (flags.json) {
    await session.write(`${JSON.stringify({ model: name, version, format, out, inputs, outputs, notes })}\n`);
    return;
  }
  const { features, classes } = classifier.report;
  const lines = [
    `${out}: ${format}, ${counted(features, 'feature')}, ${counted(classes, 'class', 'classes')}, version ${version}`,
    ...(inputs ?? []).map((value) => `input ${signatureOf(value)}`),
    ...(outputs ?? []).map((value) => `output ${signatureOf(value)}`),
    ...notes,
  ];
  await session.write(`${lines.map(visible).join('\n')}\n`);
}

function convert(classifier: TextClassifier, { format, input = 'terms' }: ExportFlags, modelPath: string): Exported {
  const { model } = classifier;
  switch (format) {
    case 'safetensors':
      return { parts: [classifier.save()], notes: [] };
    case 'json':
      return { parts: exportJson(model), notes: [] };
    case 'sklearn':
      return {
        parts: [exportSklearn(modelPath)],
        notes: [`Needs Python with NumPy and scikit-learn, and the model at ${modelPath} beside the script.`],
      };
    case 'onnx': {
      const { bytes, inputs, outputs } = exportOnnx(model, { input });
      const canBeText = model.blocks.every(({ vectorizer }) => canSplitTexts(vectorizer));
      return { parts: [bytes], inputs, outputs, notes: [input === 'text' ? textNote : termsNote(canBeText)] };
    }
  }
}

const textNote =
  'The graph splits texts itself, as Sparrow does if they are of ASCII and small letters; the output exact says if so.';

function termsNote(canBeText: boolean): string {
  const note =
    'The graph takes terms, not texts: what TfidfVectorizer.analyze() or build_analyzer() of scikit-learn gives.';
  return canBeText ? `${note} With --input text it takes texts, and is exact for those of ASCII.` : note;
}

function signatureOf({ name, type, shape, about }: GraphValue): string {
  return `${name}: ${type} (${shape.join(', ')}), ${about}`;
}
