// Accuracy against labels, one panel a corpus, as an SVG that reads on its own and aloud.

export interface AccuracyPanel {
  readonly title: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [labels: number, accuracy: number])[];
    /** Where the line reaches the goal. */
    readonly reached: number | null;
  }[];
  readonly goal: { readonly value: number; readonly label: string };
}

const panelWidth = 420;
const height = 330;
const frame = { left: 56, right: 18, top: 48, bottom: 74 };
/** Told apart in grey and by the colour-blind; the second is dashed. */
const colours = ['#0b5fa5', '#b3470b'];

export function plotAccuracy(panels: readonly AccuracyPanel[]): string {
  const width = panelWidth * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    '<title id="title">Accuracy by number of labels</title>',
    `<desc id="desc">${panels.map(told).join(' ')}</desc>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels.map((panel, i) => `<g transform="translate(${i * panelWidth} 0)">${panelOf(panel).join('\n')}</g>`),
    '</svg>',
    '',
  ].join('\n');
}

function told({ title, lines, goal }: AccuracyPanel): string {
  const said = lines.map(({ label, reached }) =>
    reached === null ? `${label} not within the labels shown` : `${label} with ${reached} labels`,
  );
  return `${title}: ${goal.label} is reached ${said.join(', ')}.`;
}

function panelOf({ title, lines, goal }: AccuracyPanel): string[] {
  const all = lines.flatMap(({ points }) => points);
  const most = Math.max(...all.map(([labels]) => labels));
  const values = [...all.map(([, accuracy]) => accuracy), goal.value];
  const low = Math.floor(Math.min(...values) * 20) / 20;
  const high = Math.ceil(Math.max(...values) * 20) / 20;
  const x = (labels: number): number => frame.left + (labels / most) * (panelWidth - frame.left - frame.right);
  const y = (share: number): number =>
    height - frame.bottom - ((share - low) / (high - low)) * (height - frame.top - frame.bottom);
  return [
    `<text x="14" y="26" font-size="15" font-weight="600">${title}</text>`,
    ...ticks(low, high).flatMap((value) => rule(y(value), `${Math.round(100 * value)} %`)),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      text(x(share * most), height - frame.bottom + 18, grouped(share * most), 'middle'),
    ),
    text((frame.left + panelWidth - frame.right) / 2, height - frame.bottom + 36, 'labels', 'middle'),
    `<line x1="${frame.left}" x2="${panelWidth - frame.right}" y1="${round(y(goal.value))}" y2="${round(y(goal.value))}" stroke="#555" stroke-dasharray="2 4"/>`,
    `<text x="${panelWidth - frame.right}" y="${round(y(goal.value) + 16)}" text-anchor="end" fill="#555">${goal.label}</text>`,
    ...lines.flatMap(({ label, points, reached }, i) => {
      const path = points.map(([labels, accuracy]) => `${round(x(labels))},${round(y(accuracy))}`).join(' ');
      const said = reached === null ? label : `${label}: ${grouped(reached)}`;
      const legend = height - 22 + 16 * i;
      const dash = i === 1 ? ' stroke-dasharray="6 3"' : '';
      return [
        `<polyline points="${path}" fill="none" stroke="${colours[i]}" stroke-width="2"${dash}/>`,
        ...(reached === null
          ? []
          : [`<circle cx="${round(x(reached))}" cy="${round(y(goal.value))}" r="4" fill="${colours[i]}"/>`]),
        `<line x1="${frame.left}" x2="${frame.left + 26}" y1="${legend - 4}" y2="${legend - 4}" stroke="${colours[i]}" stroke-width="2"${dash}/>`,
        text(frame.left + 34, legend, said, 'start'),
      ];
    }),
  ];
}

/** Every tenth, or every twentieth where there are few. */
function ticks(low: number, high: number): number[] {
  const step = high - low > 0.5 ? 0.1 : 0.05;
  const found: number[] = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + 1e-9; value += step) found.push(value);
  return found;
}

function rule(at: number, label: string): string[] {
  return [
    `<line x1="${frame.left}" x2="${panelWidth - frame.right}" y1="${round(at)}" y2="${round(at)}" stroke="#ddd"/>`,
    text(frame.left - 8, at + 4, label, 'end'),
  ];
}

function text(px: number, py: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(px)}" y="${round(py)}" text-anchor="${anchor}">${content}</text>`;
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
