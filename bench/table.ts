// Figures as people read them, and tables of them as plain text.
import type { Ratio, Summary } from './statistics.ts';

/** Columns padded to their widest cell: the first to the left, the others to the right; a rule under the heading. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => (column === 0 ? (row[0] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Three digits and a unit. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  return `${digits(seconds)} s`;
}

/** The middle and, in brackets, the least and the most. */
export function formatSpread({ median, min, max, runs }: Summary): string {
  if (runs < 2) return formatSeconds(median);
  return `${formatSeconds(median)} (${formatSeconds(min)} – ${formatSeconds(max)})`;
}

/** "At least" when the slower side was stopped before it was done. */
export function formatRatio({ ratio, min, max }: Ratio, isLowerBound = false): string {
  const sign = isLowerBound ? '≥ ' : '';
  const spread = min === max ? '' : ` (${digits(min)} – ${digits(max)})`;
  return `${sign}${digits(ratio)}×${spread}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${digits(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${digits(bytes / 1e6)} MB` : `${digits(bytes / 1e9)} GB`;
}

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(places, 6));
}
