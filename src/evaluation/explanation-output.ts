// An explanation for people: lines of text for a terminal, or a piece of HTML. Both keep right-to-left words in order,
// the one by isolating them, the other by letting the text choose its direction.
import type { ExplainedWord } from './counterfactual.ts';
import type { Explanation } from './explain.ts';

/** Words that are listed at most, for and against each. */
const listedWords = 8;
/** Isolates: what is between them does not reorder what is around it. */
const isolated = (text: string) => `\u2068${text}\u2069`;

/** Lines for a terminal; `clean` makes somebody else's words safe for one. */
export function explanationText(explanation: Explanation, clean = (text: string) => text): string {
  const isolate = (text: string) => isolated(clean(text));
  const { label, against, probability, logOdds, base } = explanation;
  const versus = against === null ? '' : ` against ${isolate(against)}`;
  const lines = [`${isolate(label)} ${percent(probability)}, log-odds ${signed(logOdds)}${versus}`];
  for (const { text, contribution } of strongest(explanation.words)) {
    lines.push(`  ${signed(contribution).padStart(7)}  ${isolate(text)}`);
  }
  lines.push(`  ${signed(base).padStart(7)}  (without any known word)`);
  const sentence = counterfactualSentence(explanation, isolate);
  if (sentence) lines.push(sentence);
  return `${lines.join('\n')}\n`;
}

/** One element that holds the whole text, its words shaded by what they add: blue for the label, orange against it. */
export function explanationHtml(explanation: Explanation): string {
  const { text, label, against, probability, words } = explanation;
  const most = Math.max(...words.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  let body = '';
  let at = 0;
  for (const { start, end, contribution } of words) {
    body += escapeHtml(text.slice(at, start)) + shaded(text.slice(start, end), contribution, most);
    at = end;
  }
  body += escapeHtml(text.slice(at));
  const versus = against === null ? '' : ` against <bdi>${escapeHtml(against)}</bdi>`;
  const sentence = counterfactualSentence(explanation, (word) => `<bdi>${escapeHtml(word)}</bdi>`);
  return [
    '<div class="explanation">',
    `<p><strong><bdi>${escapeHtml(label)}</bdi></strong> ${percent(probability)}${versus}</p>`,
    `<p dir="auto" style="white-space:pre-wrap">${body}</p>`,
    ...(sentence ? [`<p>${sentence}</p>`] : []),
    '</div>',
  ].join('\n');
}

function shaded(word: string, contribution: number, most: number): string {
  const strength = Math.abs(contribution) / most;
  if (strength < 0.02) return escapeHtml(word);
  const colour = contribution > 0 ? '37,99,235' : '234,88,12';
  const style = `background:rgba(${colour},${(0.6 * strength).toFixed(2)})`;
  return `<mark style="${style};color:inherit" title="${signed(contribution)}">${escapeHtml(word)}</mark>`;
}

function counterfactualSentence({ counterfactual, label }: Explanation, show: (text: string) => string): string | null {
  if (!counterfactual) return null;
  const { removed, changes, probability } = counterfactual;
  // Of repeats the first is shown.
  const shown = new Map(removed.toReversed().map(({ text }) => [text.toLowerCase(), show(text)]));
  const words = [...shown.values()].reverse().join(', ');
  if (!changes) return `Without ${words} it would still be ${show(counterfactual.label)} (${percent(probability)}).`;
  if (counterfactual.label === label)
    return `Without ${words} it would not be ${show(label)} (${percent(probability)}).`;
  return `Without ${words} it would be ${show(counterfactual.label)} (${percent(probability)}).`;
}

/** The strongest on either side, repeats of a word together, from most for to most against. */
function strongest(words: readonly ExplainedWord[]): { text: string; contribution: number }[] {
  const sums = new Map<string, { text: string; contribution: number }>();
  for (const { text, contribution } of words) {
    const key = text.toLowerCase();
    const sum = sums.get(key);
    if (sum) sum.contribution += contribution;
    else sums.set(key, { text: text.trim() || 'space', contribution });
  }
  const sorted = [...sums.values()].sort((a, b) => b.contribution - a.contribution);
  const isFor = sorted.filter(({ contribution }) => contribution > 0).slice(0, listedWords);
  const isAgainst = sorted.filter(({ contribution }) => contribution < 0).slice(-listedWords);
  return [...isFor, ...isAgainst];
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
