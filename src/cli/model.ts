// Model files as commands meet them: read with a sentence for every fault, and called by the digest of their bytes.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { TextClassifier } from '../classifier/text-classifier.ts';
import type { Session } from './session.ts';
import { readFailure } from './source.ts';

const versionLetters = 16;

export interface Model {
  classifier: TextClassifier;
  version: string;
  bytes: number;
}

export function readModel(name: string, session: Session): Model {
  let bytes: Buffer;
  try {
    bytes = readFileSync(session.path(name));
  } catch (error) {
    throw readFailure(error, name);
  }
  return { classifier: TextClassifier.load(bytes, name), version: versionOf(bytes), bytes: bytes.length };
}

/** The same model has the same version on every machine: it is made of the file's bytes alone. */
export function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, versionLetters);
}

/** True for a file that begins like a model of ours, which training may replace. */
export function isModelFile(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(1024);
    const length = readSync(file, head);
    return head[8] === 0x7b && head.toString('latin1', 8, length).includes('"format":"sparrow"');
  } finally {
    closeSync(file);
  }
}
