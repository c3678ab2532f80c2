// Drawings of the dashboard as SVG. Each is named for a screen reader and carries no style of its own: colours are the
// style sheet's, so that light and dark are one drawing.
import { type Content, type Html, html, percent } from './pages-html.ts';

/** One decimal is finer than a pixel. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A share as a bar inside a table cell, whose number stands beside it. */
export function bar(share: number, kind = ''): Html {
  const width = at(Math.min(1, Math.max(0, share)) * 100);
  return html`<svg class="bar ${kind}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0h${width}v8H0z"/></svg>`;
}

/** Where a share lies, and where it may really lie, on a rail from 0 to 1. */
export function interval(value: number, low: number, high: number): Html {
  const from = at(low * 200);
  return html`<svg class="interval" viewBox="-6 0 212 12" aria-hidden="true"><rect class="rail" y="4" width="200" height="4" rx="2"/><rect
class="span" x="${from}" y="2" width="${at(Math.max(2, (high - low) * 200))}" height="8" rx="4"/><circle cx="${at(value * 200)}" cy="6" r="5"/></svg>`;
}

export interface CurvePoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
}

interface Frame {
  id: string;
  title: string;
  /** What a reader who cannot see it should know. */
  summary: string;
}

const width = 480;
const height = 260;
const left = 46;
const right = 26;
const top = 12;
const bottom = 40;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

function drawing({ id, title, summary }: Frame, content: Content): Html {
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${summary}</desc>
${content}
</svg>`;
}

/** Axes with a few ticks; `xs` are [place from 0 to 1, text]. */
function axes(xs: readonly [number, string][], ys: readonly [number, string][], names: { x: string; y: string }): Html {
  const baseline = top + plotHeight;
  const rows = ys.map(([share, text]) => {
    const y = at(baseline - share * plotHeight);
    return html`<path class="grid" d="M${left} ${y}h${plotWidth}"/><text class="tick end" x="${left - 6}" y="${y}" dy="4">${text}</text>`;
  });
  const columns = xs.map(([share, text]) => {
    const x = at(left + share * plotWidth);
    return html`<path class="grid" d="M${x} ${baseline}v4"/><text class="tick middle" x="${x}" y="${baseline + 17}">${text}</text>`;
  });
  return html`${rows}${columns}<text class="axis middle" x="${left + plotWidth / 2}" y="${height - 4}">${names.x}</text><text
class="axis" x="${left + 4}" y="${top + 10}">${names.y}</text>`;
}

/** Accuracy against the number of labelled texts, with the band in which it may lie. */
export function learningCurve(id: string, points: readonly CurvePoint[]): Html {
  const most = Math.max(...points.map(({ x }) => x));
  const lowest = Math.min(...points.map(({ y, low }) => low ?? y));
  const floor = Math.max(0, Math.floor(lowest * 10) / 10);
  const ceiling = 1;
  const x = (value: number) => at(left + (value / most) * plotWidth);
  const y = (value: number) => at(top + plotHeight * (1 - (value - floor) / (ceiling - floor || 1)));
  const line = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`).join('');
  const upper = points.map((point) => `${x(point.x)} ${y(Math.min(1, point.high ?? point.y))}`);
  const lower = points.toReversed().map((point) => `${x(point.x)} ${y(Math.max(floor, point.low ?? point.y))}`);
  const dots = points.map(
    (point) =>
      html`<circle class="dot" cx="${x(point.x)}" cy="${y(point.y)}" r="3.5"><title>${point.x} texts: ${percent(point.y)}</title></circle>`,
  );
  const steps = ticks(floor, ceiling).map((value): [number, string] => [
    (value - floor) / (ceiling - floor || 1),
    percent(value, 0),
  ]);
  const columns = points.map((point): [number, string] => [point.x / most, String(point.x)]);
  const first = points[0];
  const last = points.at(-1);
  const summary = `From ${percent(first?.y ?? 0)} with ${first?.x ?? 0} texts to ${percent(last?.y ?? 0)} with ${last?.x ?? 0}.`;
  return drawing(
    { id, title: 'Learning curve', summary },
    html`${axes(spaced(columns), steps, { x: 'labelled texts', y: 'accuracy' })}<path class="band" d="M${upper.join('L')}L${lower.join('L')}Z"/><path
class="line" d="${line}"/>${dots}`,
  );
}

export interface CalibrationBin {
  /** Mean probability given to the answers of this bin. */
  confidence: number;
  /** Share of them that were right. */
  accuracy: number;
  docs: number;
}

/** How often answers were right against how sure the model was; on the diagonal both agree. */
export function calibration(id: string, bins: readonly CalibrationBin[]): Html {
  const x = (value: number) => left + value * plotWidth;
  const y = (value: number) => top + plotHeight * (1 - value);
  const total = bins.reduce((sum, { docs }) => sum + docs, 0);
  const circles = bins.map(({ confidence, accuracy, docs }) => {
    const radius = 3 + 11 * Math.sqrt(docs / Math.max(1, total));
    return html`<circle class="bin" cx="${at(x(confidence))}" cy="${at(y(accuracy))}" r="${at(radius)}"><title>sure to ${percent(confidence, 0)}, right in ${percent(accuracy, 0)} of ${docs}</title></circle>`;
  });
  const scale = [0, 0.25, 0.5, 0.75, 1].map((value): [number, string] => [value, percent(value, 0)]);
  const farthest = bins.reduce((most, one) => (distance(one) > distance(most) ? one : most), bins[0] ?? noBin);
  const summary = `Farthest from the diagonal: sure to ${percent(farthest.confidence, 0)}, right in ${percent(farthest.accuracy, 0)} of ${farthest.docs}.`;
  return drawing(
    { id, title: 'Calibration', summary },
    html`${axes(scale, scale, { x: 'how sure', y: 'how often right' })}<path class="diagonal" d="M${left} ${top + plotHeight}L${left + plotWidth} ${top}"/>${circles}`,
  );
}

const noBin: CalibrationBin = { confidence: 0, accuracy: 0, docs: 0 };

function distance({ confidence, accuracy, docs }: CalibrationBin): number {
  return Math.abs(confidence - accuracy) * Math.sqrt(docs);
}

/** Words and their weights as a list of bars; a list, so that a screen reader counts and reads it. */
export function words(terms: readonly { term: string; weight: number }[]): Html {
  const most = Math.max(...terms.map(({ weight }) => Math.abs(weight)), Number.MIN_VALUE);
  const items = terms.map(
    ({ term, weight }) =>
      html`<li><bdi class="term">${term}</bdi>${bar(Math.abs(weight) / most, weight < 0 ? 'against' : '')}<span class="number">${signed(weight)}</span></li>`,
  );
  return html`<ol class="words">${items}</ol>`;
}

function signed(weight: number): string {
  const size = Math.abs(weight).toFixed(2);
  return weight < 0 ? `−${size}` : `+${size}`;
}

/** Up to six round values from `low` to `high`. */
function ticks(low: number, high: number): number[] {
  const step = [0.05, 0.1, 0.2].find((size) => (high - low) / size <= 6) ?? 0.25;
  const values: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) values.push(value);
  return values;
}

/** Without the texts that would run into each other; the last one stays. */
function spaced(ticksOf: readonly [number, string][]): [number, string][] {
  const kept: [number, string][] = [];
  let nextFree = Number.POSITIVE_INFINITY;
  for (const tick of ticksOf.toReversed()) {
    if (tick[0] > nextFree) continue;
    kept.push(tick);
    nextFree = tick[0] - 0.09;
  }
  return kept;
}
