// A directory with a model of the user's own, as `sparrow init` makes it: where the class is, its settings, its data.
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { SparrowError } from '../errors.ts';
import type { Environment } from '../server/configuration.ts';

/** Where a directory may keep its model class, in the order that is looked. */
export const modelFiles = ['model.ts', 'model.js', 'model.mjs', 'dist/model.js'];

/** URL of the module with the model class in a user's directory. */
export function modelIn(path: string, dir: string): string {
  const file = modelFiles.map((name) => join(path, name)).find((candidate) => existsSync(candidate));
  if (file !== undefined) return pathToFileURL(file).href;
  const wanted = modelFiles.join(' nor ');
  throw new SparrowError('BAD_OPTION', `There is no model in ${dir}: neither ${wanted} is there.`);
}

/** What the directory's own .env says, and a place of its own for what is learnt: classes do not share versions. */
export function settingsIn(path: string): Environment {
  const file = join(path, '.env');
  const settings: Environment = existsSync(file) ? (parseEnv(readFileSync(file, 'utf8')) as Environment) : {};
  const modelDir = settings['MODEL_DIR'] || 'models';
  return { ...settings, MODEL_DIR: isAbsolute(modelDir) ? modelDir : join(path, modelDir) };
}
