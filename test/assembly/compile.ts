// Compiles an AssemblyScript entry given as source text, in memory, with the options of asconfig.json, so that a room of
// kernels can be tested alone. The entry stands in assembly/: its imports begin with './memory/', './unicode/' and so on.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

type Setting = string | number | boolean | readonly string[];
type Settings = { readonly [option: string]: Setting };

/** What the compiled entry exports: functions and global numbers, by name, and its memory. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly call: (name: string, ...args: (number | bigint)[]) => number;
  readonly value: (name: string) => number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const entry = 'assembly/entry-of-a-test.ts';
const config = JSON.parse(readFileSync(resolve(root, 'asconfig.json'), 'utf8')) as {
  options: Settings;
  targets: { debug: Settings; release: Settings };
};

function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([option, setting]) => {
    if (option === 'outFile' || option === 'sourceMap' || setting === false) return [];
    if (setting === true) return [`--${option}`];
    return [`--${option}`, typeof setting === 'object' ? setting.join(',') : String(setting)];
  });
}

function readSource(source: string, name: string, directory: string): string | null {
  if (name === entry) return source;
  if (name === 'asconfig.json') return null; // its options are among the arguments, its entries are not wanted
  try {
    return readFileSync(resolve(directory, name), 'utf8');
  } catch {
    return null; // the compiler asks for every place where a module could be
  }
}

/** Compile and instantiate. The debug target keeps its assertions, which trap; the release target is what ships. */
export async function compile(source: string, target: 'debug' | 'release' = 'debug'): Promise<Kernel> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const args = [
    entry,
    '--baseDir',
    root,
    '--outFile',
    'kernels.wasm',
    ...flags(config.options),
    ...flags(config.targets[target]),
  ];
  const { error, stderr } = await asc.main(args, {
    readFile: (name, directory) => readSource(source, name, directory),
    writeFile: (name, contents) => {
      if (name === 'kernels.wasm') binary = Uint8Array.from(contents as Uint8Array);
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`the entry does not compile: ${stderr.toString()}`);
  const { exports } = (await WebAssembly.instantiate(binary)).instance;
  const functions = exports as Record<string, (...args: (number | bigint)[]) => number>;
  return {
    memory: exports.memory as WebAssembly.Memory,
    call: (name, ...given) => functions[name]!(...given),
    value: (name) => (exports[name] as WebAssembly.Global).value as number,
  };
}
