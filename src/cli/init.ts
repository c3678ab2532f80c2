// `sparrow init DIR`: a directory with a model class to change and all that stands around it. Nothing that is there already is
// written over without --force, and nothing is written at all before everything is known to be right.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { messageOf, SparrowError } from '../errors.ts';
import type { Session } from './session.ts';

interface InitFlags {
  script?: string;
  force?: boolean;
}

export function configure(command: Command, session: Session): void {
  command
    .argument('<dir>', 'directory to make')
    .option('--script <file>', 'a model class that is there already (.ts, .js or .mjs); it is copied')
    .option('--force', 'write over the files that are there')
    .action((dir: string, flags: InitFlags) => init(dir, flags, session));
}

async function init(dir: string, { script, force = false }: InitFlags, session: Session): Promise<void> {
  const { filesOf } = await import('./init-files.ts');
  const model = script === undefined ? await ownTemplate() : await modelFrom(script, session);
  const path = session.path(dir);
  const files = filesOf({ ...model, name: packageName(path) });
  if (existsSync(path) && !statSync(path).isDirectory()) {
    throw new SparrowError('CONFLICT', `${dir} is there already and is no directory.`);
  }
  const there = [...files.keys()].filter((name) => existsSync(join(path, name)));
  if (there.length > 0 && !force) {
    throw new SparrowError('CONFLICT', `${dir} has ${there.join(', ')} already; --force writes over them.`);
  }
  try {
    for (const [name, text] of files) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  } catch (cause) {
    throw new SparrowError('IO_FAILED', `Cannot write ${dir}: ${messageOf(cause)}`, { cause });
  }
  session.say(`${dir} has the class ${model.className} in ${model.file}, and ${files.size - 1} files around it.`);
  session.say(`next: sparrow start ${dir}; read on in ${join(dir, 'README.md')}.`);
}

interface Model {
  file: string;
  source: string;
  className: string;
}

async function ownTemplate(): Promise<Model> {
  const { modelSource } = await import('./init-model.ts');
  return { file: 'model.ts', source: modelSource, className: 'NewsClassifier' };
}

/** The one class in a script that can predict and fit, found as the server will find it: by loading the script. */
async function modelFrom(script: string, session: Session): Promise<Model> {
  const path = session.path(script);
  const extension = extname(path);
  if (!['.ts', '.js', '.mjs'].includes(extension)) {
    throw new SparrowError('BAD_OPTION', `--script must be a .ts, .js or .mjs file, not ${script}.`);
  }
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new SparrowError('BAD_OPTION', `There is no file ${script} for --script.`);
  }
  const { backendClassesIn } = await import('../sdk/backend-module.ts');
  const classes = await backendClassesIn(pathToFileURL(path).href);
  const [only, ...others] = classes;
  if (!only) {
    const why = 'exports no class with predict() and fit(); extend MLBackend from sparrow-ml/sdk and export it';
    throw new SparrowError('BAD_OPTION', `${script} ${why}.`);
  }
  if (others.length > 0) {
    const names = classes.map(({ name }) => name).join(' and ');
    throw new SparrowError('BAD_OPTION', `${script} exports ${names}: make the one to serve its default export.`);
  }
  return { file: `model${extension}`, source: readFileSync(path, 'utf8'), className: only.name };
}

/** A name that npm and Compose take. */
function packageName(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name.slice(0, 100) || 'backend';
}
