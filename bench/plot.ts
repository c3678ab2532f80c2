// A small plot drawn by hand: time against size, both logarithmic, as an SVG that reads on its own and aloud.
import { formatSeconds } from './table.ts';

export interface GrowthPlot {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

const width = 560;
const height = 340;
const frame = { left: 76, right: 24, top: 52, bottom: 76 };
/** Told apart in grey and by the colour-blind; the marks differ too. */
const colours = ['#0b5fa5', '#b3470b', '#3b7a2a'];

export function plotGrowth({ title, xLabel, lines }: GrowthPlot): string {
  const all = lines.flatMap(({ points }) => points);
  const x = logScale(
    all.map(([value]) => value),
    frame.left,
    width - frame.right,
  );
  const y = logScale(
    all.map(([, value]) => value),
    height - frame.bottom,
    frame.top,
  );
  const sizes = [...new Set(all.map(([value]) => value))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="desc">${escapeXml(describe(xLabel, lines))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="26" font-size="15" font-weight="600">${escapeXml(title)}</text>`,
    ...yTicks(all.map(([, value]) => value)).flatMap((value) => yTick(y(value), formatSeconds(value))),
    ...sizes.map((value) => xTick(x(value), formatSize(value))),
    text((frame.left + width - frame.right) / 2, height - frame.bottom + 38, xLabel, 'middle'),
    ...drawProportional(all, x, y),
    ...lines.flatMap(({ label, points }, i) =>
      drawLine(
        points.map(([px, py]) => [x(px), y(py)]),
        label,
        i,
      ),
    ),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function logScale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.log(Math.min(...values));
  const high = Math.log(Math.max(...values));
  const span = high - low || 1;
  // A little room, so that no mark lies on the frame.
  return (value) => from + ((Math.log(value) - low) / span) * (to - from) * 0.92 + (to - from) * 0.04;
}

/** 1, 2 and 5 of each power of ten inside the values. */
function yTicks(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power);
  }
  return ticks.filter((tick) => tick >= low * 0.95 && tick <= high * 1.05);
}

function yTick(at: number, label: string): string[] {
  return [
    `<line x1="${frame.left}" x2="${width - frame.right}" y1="${round(at)}" y2="${round(at)}" stroke="#ddd"/>`,
    text(frame.left - 8, at + 4, label, 'end'),
  ];
}

function xTick(at: number, label: string): string {
  return text(at, height - frame.bottom + 18, label, 'middle');
}

/** What twice the size at twice the cost would look like, through the middle of the marks. */
function drawProportional(all: readonly (readonly [number, number])[], x: Scale, y: Scale): string[] {
  const xs = all.map(([value]) => value);
  const ys = all.map(([, value]) => value);
  const middle = Math.sqrt(Math.min(...ys) * Math.max(...ys)) / Math.sqrt(Math.min(...xs) * Math.max(...xs));
  // Only as far as the values go, so that the line stays inside the frame.
  const from = Math.max(Math.min(...xs), Math.min(...ys) / middle);
  const to = Math.min(Math.max(...xs), Math.max(...ys) / middle);
  const ends = [from, to].map((value) => [round(x(value)), round(y(value * middle))] as const);
  const [[x1, y1], [x2, y2]] = ends as [readonly [string, string], readonly [string, string]];
  return [
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#999" stroke-dasharray="2 4"/>`,
    `<text x="${x2}" y="${Number(y2) - 6}" text-anchor="end" fill="#666">proportional</text>`,
  ];
}

function drawLine(points: readonly (readonly [number, number])[], label: string, index: number): string[] {
  const colour = colours[index % colours.length]!;
  const path = points.map(([px, py]) => `${round(px)},${round(py)}`).join(' ');
  const legendX = frame.left + index * 230;
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${index === 1 ? ' stroke-dasharray="6 3"' : ''}/>`,
    ...points.map(([px, py]) => mark(px, py, colour, index)),
    mark(legendX + 5, height - 18, colour, index),
    text(legendX + 16, height - 14, label, 'start'),
  ];
}

function mark(px: number, py: number, colour: string, index: number): string {
  if (index === 1) return `<rect x="${round(px - 4)}" y="${round(py - 4)}" width="8" height="8" fill="${colour}"/>`;
  return `<circle cx="${round(px)}" cy="${round(py)}" r="4" fill="${colour}"/>`;
}

function text(px: number, py: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(px)}" y="${round(py)}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

function describe(xLabel: string, lines: GrowthPlot['lines']): string {
  const said = lines.map(({ label, points }) => {
    const values = points.map(([px, py]) => `${formatSize(px)}: ${formatSeconds(py)}`).join(', ');
    return `${label}, seconds by ${xLabel}: ${values}.`;
  });
  return `Both axes are logarithmic. ${said.join(' ')}`;
}

function formatSize(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  return value >= 1e4 ? `${Number((value / 1e3).toPrecision(3))} k` : String(Math.round(value));
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
