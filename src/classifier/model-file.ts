// A model as a safetensors file: what a prediction needs as tensors, everything else as JSON in the metadata.
//
//   tensor            dtype  shape                   what
//   coef              F32    (outputs, features)     coefficients, rows as scikit-learn's coef_
//   intercept         F64    (outputs)
//   idf               F64    (features)              absent without useIdf
//   vocabulary        U8     (bytes)                 UTF-8 terms end to end, in column order
//   vocabulary_ends   U32    (features)              where each term ends
//
//   A second vectorizer beside the first has its tensors under the same names with ".1" behind them, and so on; its
//   columns of `coef` follow.
//
//   metadata          format "sparrow", format_version, classes, scheme, vectorizers, regression, refinement,
//                     report (JSON), checksum
//
// The checksum is the CRC-32 of the whole file with its own eight digits read as zeros, so no bit goes unnoticed.
import { SparrowError } from '../errors.ts';
import type { TermTable } from '../wasm/term-counts.ts';
import { crc32 } from './crc32.ts';
import { allFinite } from './finite.ts';
import { type CheckedVectorizerOptions, checkVectorizerOptions, type RegressionOptions } from './options.ts';
import type { Refinement } from './refinement.ts';
import { type DecodedTensors, decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';
import type { Scheme } from './targets.ts';

/** Raised when files of an older Sparrow can no longer be read as they are. */
export const formatVersion = 1;

/** How a fit went. */
export interface FitReport {
  /** Documents, classes, features (columns) and stored weights of the training set. */
  readonly docs: number;
  readonly classes: number;
  readonly features: number;
  readonly nnz: number;
  /** UTF-8 bytes of the texts. */
  readonly bytes: number;
  readonly solver: 'sdca' | 'lbfgs' | 'sgd';
  readonly iterations: number;
  /** C·Σloss + ½‖W‖² at the solution, as scikit-learn counts it. */
  readonly objective: number;
  /** Certified relative distance to the optimum. */
  readonly gap: number;
  readonly converged: boolean;
  readonly seconds: { readonly vectorize: number; readonly fit: number };
}

/** One vectorizer with what it learnt. */
export interface ModelBlock {
  readonly vectorizer: CheckedVectorizerOptions;
  readonly terms: TermTable;
  readonly idf: Float64Array | null;
}

/** Everything a file holds. */
export interface Model {
  /** Vectorizers side by side, mostly one; their columns follow each other. */
  readonly blocks: readonly ModelBlock[];
  readonly regression: RegressionOptions;
  /** What coefficients hold beside the regression's; null for the regression alone. */
  readonly refinement: Refinement | null;
  readonly classes: readonly string[];
  readonly scheme: Scheme;
  /** (outputs, features), row-major. */
  readonly coef: Float32Array;
  readonly intercept: Float64Array;
  readonly report: FitReport;
}

const blankChecksum = '00000000';

/** The model as bytes; the same model gives the same bytes. */
export function encodeModel(model: Model): Uint8Array {
  const { blocks, coef, intercept } = model;
  const outputs = intercept.length;
  const tensors: Record<string, Tensor> = {
    coef: { dtype: 'F32', shape: [outputs, coef.length / outputs], data: coef },
    intercept: { dtype: 'F64', shape: [outputs], data: intercept },
  };
  for (const [i, { terms, idf }] of blocks.entries()) {
    const { bytes, ends } = terms;
    tensors[blockName('vocabulary', i)] = { dtype: 'U8', shape: [bytes.length], data: bytes };
    tensors[blockName('vocabulary_ends', i)] = { dtype: 'U32', shape: [ends.length], data: ends };
    if (idf) tensors[blockName('idf', i)] = { dtype: 'F64', shape: [idf.length], data: idf };
  }
  const vectorizers = blocks.map(({ vectorizer: { vocabulary: _, ...options } }) => options);
  const file = encodeSafetensors(tensors, {
    format: 'sparrow',
    format_version: String(formatVersion),
    checksum: blankChecksum,
    classes: JSON.stringify(model.classes),
    scheme: model.scheme,
    vectorizers: JSON.stringify(vectorizers),
    regression: JSON.stringify(model.regression),
    refinement: JSON.stringify(model.refinement),
    report: JSON.stringify(model.report),
  });
  const checksum = crc32(file).toString(16).padStart(8, '0');
  file.set(new TextEncoder().encode(checksum), findChecksum(file));
  return file;
}

/** Read a model, or refuse the file with a sentence that names `source`. */
export function decodeModel(bytes: Uint8Array, source: string): Model {
  const decoded = decodeSafetensors(bytes, source);
  const refuse: Refuse = (why) => {
    throw new SparrowError('BAD_MODEL', `${source} cannot be used: ${why}.`);
  };
  const { metadata } = decoded;
  if (metadata.get('format') !== 'sparrow') refuse('it is a safetensors file, but not a Sparrow model');
  const version = metadata.get('format_version') ?? '';
  if (version !== String(formatVersion)) {
    refuse(`it has format version ${version || 'none'}, this Sparrow reads version ${formatVersion}`);
  }
  checkChecksum(bytes, metadata.get('checksum') ?? '', refuse);
  return readModel(decoded, refuse);
}

type Refuse = (why: string) => never;

function blockName(tensor: string, block: number): string {
  return block === 0 ? tensor : `${tensor}.${block}`;
}

/** Where the eight digits stand. */
function findChecksum(file: Uint8Array): number {
  const key = new TextEncoder().encode('"checksum":"');
  const end = 8 + Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  for (let at = 8; at + key.length + 8 <= end; at++) {
    if (key.every((byte, i) => file[at + i] === byte)) return at + key.length;
  }
  return -1;
}

function checkChecksum(file: Uint8Array, expected: string, refuse: Refuse): void {
  const at = findChecksum(file);
  if (at < 0 || !/^[0-9a-f]{8}$/.test(expected)) refuse('its checksum is missing');
  const before = crc32(file.subarray(0, at));
  const found = crc32(file.subarray(at + 8), crc32(new TextEncoder().encode(blankChecksum), before));
  if (found !== Number.parseInt(expected, 16)) refuse('its checksum is wrong, so it is damaged');
}

function readModel({ tensors, metadata }: DecodedTensors, refuse: Refuse): Model {
  const parse = (key: string): unknown => {
    try {
      return JSON.parse(metadata.get(key) ?? '');
    } catch {
      return refuse(`its ${key} cannot be read`);
    }
  };
  const intercept = tensorOf(tensors, 'intercept', Float64Array, refuse);
  const coef = tensorOf(tensors, 'coef', Float32Array, refuse);
  const classes = parse('classes');
  const scheme = metadata.get('scheme') as Scheme;
  const vectorizers = parse('vectorizers');
  if (!isStrings(classes)) return refuse('its classes are not a list of strings');
  if (!Array.isArray(vectorizers) || vectorizers.length === 0) return refuse('its vectorizers are not a list');
  const blocks = vectorizers.map((options, i) => readBlock(tensors, options, i, refuse));
  const features = blocks.reduce((sum, { terms }) => sum + terms.ends.length, 0);
  const outputs = scheme === 'binary' ? 1 : classes.length;
  if (!schemes.has(scheme)) refuse('its scheme is unknown');
  if (classes.length < 1 || (scheme === 'binary' && classes.length !== 2)) refuse('its classes do not fit its scheme');
  if (intercept.length !== outputs || coef.length !== outputs * features) refuse('its shapes do not fit together');
  if (!allFinite(coef) || !allFinite(intercept)) refuse('it holds numbers that are not finite');
  return {
    blocks,
    regression: parse('regression') as RegressionOptions,
    refinement: metadata.has('refinement') ? (parse('refinement') as Refinement | null) : null,
    classes,
    scheme,
    coef,
    intercept,
    report: parse('report') as FitReport,
  };
}

const schemes: ReadonlySet<string> = new Set(['softmax', 'binary', 'ovr', 'independent']);

function readBlock(tensors: DecodedTensors['tensors'], options: unknown, i: number, refuse: Refuse): ModelBlock {
  const ends = tensorOf(tensors, blockName('vocabulary_ends', i), Uint32Array, refuse);
  const bytes = tensorOf(tensors, blockName('vocabulary', i), Uint8Array, refuse);
  const idfName = blockName('idf', i);
  const idf = tensors.has(idfName) ? tensorOf(tensors, idfName, Float64Array, refuse) : null;
  if (idf && idf.length !== ends.length) refuse('its idf does not fit its vocabulary');
  if (idf && !allFinite(idf)) refuse('its idf holds numbers that are not finite');
  let start = 0;
  for (const end of ends) {
    if (end < start || end > bytes.length) refuse('its vocabulary is out of bounds');
    start = end;
  }
  if (typeof options !== 'object' || options === null) refuse('its vectorizer options cannot be read');
  return { vectorizer: checkVectorizerOptions(options as object), terms: { bytes, ends }, idf };
}

function tensorOf<T extends Tensor['data']>(
  tensors: DecodedTensors['tensors'],
  name: string,
  kind: abstract new (...args: never[]) => T,
  refuse: Refuse,
): T {
  const data = tensors.get(name)?.data;
  return data instanceof kind ? data : refuse(`its tensor ${name} is missing or of another type`);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
