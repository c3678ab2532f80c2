// The front door to label configs: XML in, Label Studio's own reading of it and ours out. An empty config is an error
// here; that it means "the last one known" is for the server, which knows it.
import { type ParsedLabelConfig, readStructure } from './controls.ts';
import { type Pair, pairsOf } from './pairs.ts';

export type { ParsedLabelConfig } from './controls.ts';
export type { Pair } from './pairs.ts';

/** What can be served of a config, and one sentence for each part that cannot. */
export interface ConfigReading {
  readonly pairs: readonly Pair[];
  readonly notes: readonly string[];
}

/** Read a config as Label Studio's own parser does; throws BAD_INPUT with one sentence that names the line. */
export function parseLabelConfig(xml: string): ParsedLabelConfig {
  return readStructure(xml).parsed;
}

/** Read a config for serving. Without a pair the notes say what is missing and what would do. */
export function readConfig(xml: string): ConfigReading & { readonly parsed: ParsedLabelConfig } {
  const structure = readStructure(xml);
  return { ...pairsOf(structure), parsed: structure.parsed };
}

/** True where there is no config at all: a project that was made without one sends an empty text, or null. */
export function isBlankConfig(xml: unknown): boolean {
  return xml === undefined || xml === null || (typeof xml === 'string' && xml.trim() === '');
}
