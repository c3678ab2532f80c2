// A few hundred bytes that tell how far two training sets are apart, without keeping either: each labelled text adds one
// to the place that its text and labels hash to, and the places are compared.
import type { Sample } from '../labelstudio/annotation.ts';

const places = 512;

export function sketchOf(samples: readonly Sample[]): string {
  const counts = new Uint8Array(places);
  for (const { text, labels } of samples) counts[hashOf(text, hashOf(labels.join('\0'), seed)) % places]!++;
  return Buffer.from(counts).toString('base64');
}

/**
 * About how many labelled texts were added, taken away or (each counts twice) changed; never more than that, and fewer
 * where thousands were. Null for what is no sketch.
 */
export function distance(a: unknown, b: string): number | null {
  if (typeof a !== 'string') return null;
  const [one, other] = [Buffer.from(a, 'base64'), Buffer.from(b, 'base64')];
  if (one.length !== places || other.length !== places) return null;
  // Counts wrap at 256, so the shorter way round is taken.
  return one.reduce((sum, count, place) => {
    const apart = Math.abs(count - other[place]!);
    return sum + Math.min(apart, 256 - apart);
  }, 0);
}

const seed = 0x811c9dc5;

/** FNV-1a over UTF-16 units. */
function hashOf(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
