// Which modules a module brings with it, read from the sources: what is imported for its types only leaves no trace.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const statics = /^\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamics = /\bimport\(\s*(?:\/\*.*?\*\/\s*)?['"]([^'"]+)['"]\s*\)/g;

export interface Reach {
  /** Files, as paths from the root of the checkout. */
  readonly files: string[];
  /** Everything that is not a relative path: packages and Node's own modules. */
  readonly packages: string[];
}

export const root = new URL('../../', import.meta.url);

/** All that is loaded with these files; `withDynamic` also follows imports that wait until they are called. */
export function reachOf(entries: readonly string[], { withDynamic = false } = {}): Reach {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (url: URL): void => {
    const path = url.href.slice(root.href.length);
    if (files.has(path)) return;
    files.add(path);
    for (const name of importsOf(readFileSync(fileURLToPath(url), 'utf8'), withDynamic)) {
      if (name.startsWith('.')) visit(new URL(name, url));
      else packages.add(name);
    }
  };
  for (const entry of entries) visit(new URL(entry, root));
  return { files: [...files].sort(), packages: [...packages].sort() };
}

function importsOf(source: string, withDynamic: boolean): string[] {
  const code = source.replace(/^\s*\/?\*.*$|^\s*\/\/.*$/gm, '');
  const patterns = withDynamic ? [statics, dynamics] : [statics];
  return patterns.flatMap((pattern) => Array.from(code.matchAll(pattern), (match) => match[1]!));
}
