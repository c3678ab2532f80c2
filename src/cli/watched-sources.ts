// Tells when a source file of a directory changed. By looking, several times a second: a directory that is mounted into a
// container tells nobody of its changes, and there are few files to look at.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const eachMs = 300;
const mostFiles = 2000;
const isSource = (name: string) => /\.(m?[jt]s|json)$/.test(name);
const isLeftOut = (name: string) => name.startsWith('.') || name === 'node_modules';

export interface WatchedDirectory {
  path: string;
  /** A directory inside that is none of the sources: the server's own. */
  without: string;
}

/** Calls `onChange` after each change of the sources until the signal is aborted; never while a call is under way. */
export async function watchSources(
  directory: WatchedDirectory,
  signal: AbortSignal,
  onChange: () => Promise<void>,
): Promise<void> {
  let before = await stateOf(directory);
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, eachMs).unref());
    const now = await stateOf(directory);
    if (signal.aborted || now === before) continue;
    before = now;
    await onChange();
  }
}

/** Names, sizes and times of the sources, as one text. */
async function stateOf({ path: directory, without }: WatchedDirectory): Promise<string> {
  const found: string[] = [];
  const waiting = [directory];
  for (let path = waiting.pop(); path !== undefined && found.length < mostFiles; path = waiting.pop()) {
    // A directory that goes away while it is looked at is a change like any other.
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (isLeftOut(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory() && inside !== without) waiting.push(inside);
      else if (entry.isFile() && isSource(entry.name)) found.push(await stampOf(inside));
    }
  }
  return found.sort().join('\n');
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }));
  return `${path} ${size} ${mtimeMs}`;
}
