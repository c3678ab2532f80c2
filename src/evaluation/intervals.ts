// How far a measured share may be from the true one.

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Standard errors on either side that hold the truth 95 times in 100. */
export const z95 = 1.959963984540054;

/** Wilson's interval for a share: sound for few documents and for shares near 0 and 1, where the usual one is not. */
export function wilsonInterval(hits: number, total: number, z = z95): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = hits / total;
  const squared = (z * z) / total;
  const middle = (share + squared / 2) / (1 + squared);
  const half = (z / (1 + squared)) * Math.sqrt((share * (1 - share)) / total + squared / (4 * total));
  return { low: hits === 0 ? 0 : middle - half, high: hits === total ? 1 : middle + half };
}

/** The value below which `share` of the ascending `sorted` lie. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const lower = sorted[below]!;
  return lower + (at - below) * ((sorted[below + 1] ?? lower) - lower);
}
