// A model from where it lies: a file, or an address. Node's file system is asked for at run time, so that bundles for
// browsers and edge runtimes never meet it.
import { messageOf, SparrowError } from '../errors.ts';
import { TextClassifier } from './text-classifier.ts';

/**
 * Read a classifier that `sparrow train` or `save` wrote: from a path in Node, from an http(s) address anywhere; in a
 * browser a path is one of the page's server. Throws IO_FAILED and BAD_MODEL.
 *
 * @example
 * const { writeFile } = await import('node:fs/promises');
 * await writeFile('films.safetensors', TextClassifier.fit(['good film', 'bad film'], ['pos', 'neg']).save());
 * const classifier = await loadModel('films.safetensors');
 * console.log(classifier.predict(['a good one']));
 */
export async function loadModel(source: string | URL): Promise<TextClassifier> {
  const name = String(source);
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  const isAddress = fs === undefined || /^https?:/i.test(name);
  try {
    return TextClassifier.load(isAddress ? await download(name) : await fs.readFile(source), name);
  } catch (cause) {
    if (cause instanceof SparrowError) throw cause;
    throw new SparrowError('IO_FAILED', `${name}: the model cannot be read (${messageOf(cause)}).`, { cause });
  }
}

async function download(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the answer is ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}
