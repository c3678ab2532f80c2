// Finds the model class in a module that is named by its URL: how the server and the training thread, which share no
// memory, come to use the same class.
import { messageOf, SparrowError } from '../errors.ts';
import type { BackendClass } from './backend.ts';

/** A model class and the module that another thread can load it from. */
export interface BackendModule {
  readonly url: string;
  readonly Backend: BackendClass;
}

/** Load the default export of a module, or the only export, that can `predict` and `fit`. */
export async function loadBackendModule(url: string): Promise<BackendModule> {
  let exported: { [name: string]: unknown };
  try {
    exported = (await import(/* @vite-ignore */ url)) as { [name: string]: unknown };
  } catch (cause) {
    throw new SparrowError('BAD_OPTION', `The model's module ${url} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  const classes = isBackendClass(exported.default)
    ? [exported.default]
    : [...new Set(Object.values(exported).filter(isBackendClass))];
  if (classes.length === 1 && classes[0]) return { url, Backend: classes[0] };
  const found = classes.length === 0 ? 'none' : `${classes.length}`;
  throw new SparrowError(
    'BAD_OPTION',
    `The model's module ${url} must export one class with predict() and fit(), as default or alone; it has ${found}.`,
  );
}

// By shape, not by `instanceof`: a user's module may have its own copy of the base class.
function isBackendClass(value: unknown): value is BackendClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  return (
    'predict' in prototype &&
    typeof prototype.predict === 'function' &&
    'fit' in prototype &&
    typeof prototype.fit === 'function'
  );
}
