// Names of versions: `v000012-20261124T211500-3fa9c1`, that is a counter, the time in UTC and a digest of the files.
// The counter alone orders them and never goes back, whatever the clock does; the rest is for people and for doubt.
const namePattern = /^v([0-9]{6,15})-[0-9]{8}T[0-9]{6}-[0-9a-f]{6}$/;
const counterDigits = 6;

/** `digest` is in hexadecimal; its first six digits are used. */
export function versionNameOf(counter: number, time: number, digest: string): string {
  const stamp = new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '');
  return `v${String(counter).padStart(counterDigits, '0')}-${stamp}-${digest.slice(0, 6)}`;
}

/** The counter in a version's name, or 0 for anything that is not one. */
export function counterOf(name: string): number {
  return Number(namePattern.exec(name)?.[1] ?? 0);
}

/** Newest first, also past the counter's padding. */
export function newestFirst(a: string, b: string): number {
  return counterOf(b) - counterOf(a) || (a < b ? 1 : -1);
}
