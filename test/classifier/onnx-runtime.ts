// ONNX Runtime where somebody has installed it, which nobody has to: .build/onnx is looked into and nothing else. To have
// it there: npm install --no-save --ignore-scripts --prefix .build/onnx onnxruntime-node@1.30.0
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../.build/onnx/node_modules/', import.meta.url));

/** True where graphs can be run; tests that need it are left out elsewhere, with a line that says so. */
export const hasOnnxRuntime = existsSync(`${folder}onnxruntime-node`);
if (!hasOnnxRuntime) console.info('No onnxruntime-node in .build/onnx: tests that run ONNX graphs are left out.');

interface Tensor {
  readonly data: ArrayLike<number> & ArrayLike<string>;
  readonly dims: readonly number[];
}

interface Runtime {
  Tensor: new (type: string, data: readonly string[], dims: readonly number[]) => Tensor;
  InferenceSession: { create(file: Uint8Array, options: object): Promise<Session> };
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: { [name: string]: Tensor }): Promise<{ [name: string]: Tensor }>;
  release(): Promise<void>;
}

/** A graph in ONNX Runtime, on one thread. */
export class OnnxGraph {
  readonly session: Session;
  readonly #runtime: Runtime;

  private constructor(runtime: Runtime, session: Session) {
    this.#runtime = runtime;
    this.session = session;
  }

  static async open(file: Uint8Array): Promise<OnnxGraph> {
    const runtime = createRequire(folder)('onnxruntime-node') as Runtime;
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
    return new OnnxGraph(runtime, await runtime.InferenceSession.create(file, options));
  }

  /** Run rows of strings, padded to one length, or single strings. */
  async run(feeds: { [name: string]: readonly string[] | readonly (readonly string[])[] }) {
    const tensors = Object.entries(feeds).map(([name, rows]) => [name, this.#tensor(rows)] as const);
    return this.session.run(Object.fromEntries(tensors));
  }

  #tensor(rows: readonly string[] | readonly (readonly string[])[]): Tensor {
    const { Tensor } = this.#runtime;
    if (rows.every((row) => typeof row === 'string')) return new Tensor('string', rows, [rows.length]);
    const table = rows as readonly (readonly string[])[];
    const width = table.reduce((most, row) => Math.max(most, row.length), 0);
    const cells = table.flatMap((row) => [...row, ...Array<string>(width - row.length).fill('')]);
    return new Tensor('string', cells, [rows.length, width]);
  }
}
