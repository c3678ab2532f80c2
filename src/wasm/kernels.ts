// The gate to the WebAssembly module: load, check its ABI, instantiate, and turn traps into errors of the catalogue.
// A training gets an instance of its own, whose memory goes when it is done; everything that serves shares one.
import { SparrowError } from '../errors.ts';
import type { instantiate } from './sparrow.js';

/** Exports of the module, typed by the compiler that made it. */
type Exports = Awaited<ReturnType<typeof instantiate>>;

const expectedAbi = 5;
/** What a 32-bit linear memory can hold. */
const maxBytes = 2 ** 32 - 65_536;

let compiled: WebAssembly.Module | undefined;
let serving: Kernels | undefined;
let idle: Kernels | undefined;
/** An idle instance may hold on to this much memory. */
const largestIdle = 256 * 2 ** 20;

/**
 * Compile the kernels ahead of their first use. Where there is no file system, in a browser or an edge runtime, await it
 * once: it fetches `sparrow.wasm` from beside this file, unless it is given the module, its bytes or an answer with them.
 * Node finds the kernels by itself.
 *
 * @example
 * await initialize();
 * console.log(TextClassifier.fit(['good film', 'bad film'], ['pos', 'neg']).predict(['a good one']));
 */
export async function initialize(
  source?: WebAssembly.Module | BufferSource | Response | Promise<Response>,
): Promise<void> {
  if (source === undefined && fileSystem()) compiled ??= compile();
  else compiled = await compileFrom(await (source ?? fetch(kernelsUrl())));
}

async function compileFrom(source: WebAssembly.Module | BufferSource | Response): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (!(source instanceof Response)) return WebAssembly.compile(source);
  if (!source.ok) throw new SparrowError('IO_FAILED', `${source.url}: the kernels are not there (${source.status}).`);
  return WebAssembly.compile(await source.arrayBuffer());
}

function kernelsUrl(): URL {
  return new URL('./sparrow.wasm', import.meta.url);
}

function fileSystem() {
  return globalThis.process?.getBuiltinModule?.('node:fs');
}

function compile(): WebAssembly.Module {
  const fs = fileSystem();
  if (!fs) throw new Error('call `await initialize()` before the first use: there is no file to read the kernels from');
  return new WebAssembly.Module(fs.readFileSync(kernelsUrl()));
}

/** One instance of the kernels with its linear memory. */
export class Kernels {
  readonly #exports: Exports;
  #isLost = false;

  /** `memoryLimit` in bytes bounds linear memory; what needs more fails with OUT_OF_MEMORY. */
  constructor(memoryLimit = maxBytes) {
    compiled ??= compile();
    const instance = new WebAssembly.Instance(compiled, { env: {} });
    this.#exports = instance.exports as unknown as Exports;
    if (this.#exports.abi() !== expectedAbi) {
      throw new Error(`sparrow.wasm has ABI ${this.#exports.abi()}, this build needs ${expectedAbi}`);
    }
    this.#exports.setMemoryLimit(Math.min(memoryLimit, maxBytes));
  }

  /** An instance for one training: the one that the last training gave back, or a new one. */
  static borrow(): Kernels {
    const kernels = idle ?? new Kernels();
    idle = undefined;
    return kernels;
  }

  /** Keep an instance whose blocks are all free for the next training, unless it grew large. */
  static giveBack(kernels: Kernels): void {
    if (!kernels.isLost && kernels.memoryBytes <= largestIdle) idle = kernels;
  }

  /** The instance that all loaded classifiers of this thread share; a new one after a trap. */
  static get serving(): Kernels {
    if (!serving || serving.isLost) serving = new Kernels();
    return serving;
  }

  /** Linear memory of the instances that this thread keeps, in bytes. */
  static get heldBytes(): number {
    return [serving, idle].reduce((sum, kernels) => sum + (kernels && !kernels.isLost ? kernels.memoryBytes : 0), 0);
  }

  /** True after a trap: whatever lived in the memory is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Size of linear memory in bytes. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Linear memory cut into blocks so far, in bytes. */
  get allocatedBytes(): number {
    return this.#exports.allocatedBytes();
  }

  /** Run kernel code. A trap loses the instance: memory used up is an error of the catalogue, anything else a bug. */
  call<T>(code: (exports: Exports) => T): T {
    if (this.#isLost) throw new SparrowError('OUT_OF_MEMORY', 'The memory of this classifier was lost; load it again.');
    try {
      return code(this.#exports);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#isLost = true;
      if (this.#exports.failure.value !== 1) throw error;
      throw new SparrowError(
        'OUT_OF_MEMORY',
        'This needs more memory than the kernels may use; give fewer texts or a smaller vocabulary (minDf, maxFeatures; ' +
          'of the server, MAX_DOCUMENTS and MAX_VOCABULARY).',
        { cause: error },
      );
    }
  }
}
