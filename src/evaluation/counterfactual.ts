// The least that would have to go from a text for the model to say something else, found by asking the model: words that
// speak for the label are taken out, the strongest first, and those that were not needed are put back.
import type { TextClassifier } from '../classifier/text-classifier.ts';

/** A word of the original text, or whatever else carries weight there; offsets in UTF-16 units. */
export interface ExplainedWord {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What it adds to the log-odds; below zero it speaks for the other label. */
  readonly contribution: number;
}

export interface Counterfactual {
  readonly removed: readonly ExplainedWord[];
  /** Label and its probability without them. */
  readonly label: string;
  readonly probability: number;
  /** Whether that is another label. */
  readonly changes: boolean;
}

/** Different words that are taken out at most. */
const mostWords = 12;

export function withoutWords(
  classifier: TextClassifier,
  text: string,
  words: readonly ExplainedWord[],
  label: number,
): Counterfactual {
  const groups = strongestGroups(words);
  const trials = groups.map((_, count) => groups.slice(0, count + 1).flat());
  const asked = (removed: readonly (readonly ExplainedWord[])[]) => ask(classifier, text, removed, label);
  const outcomes = asked(trials);
  const turned = outcomes.findIndex(({ changes }) => changes);
  if (turned < 0) return outcomes.at(-1)!;
  let needed = groups.slice(0, turned + 1);
  let outcome = outcomes[turned]!;
  for (const group of needed.slice(0, -1)) {
    const fewer = needed.filter((other) => other !== group);
    const [without] = asked([fewer.flat()]);
    if (!without?.changes) continue;
    needed = fewer;
    outcome = without;
  }
  return outcome;
}

/** Words that speak for the label, each with its repeats, by what they add together. */
function strongestGroups(words: readonly ExplainedWord[]): ExplainedWord[][] {
  const groups = new Map<string, ExplainedWord[]>();
  for (const word of words) {
    const key = word.text.toLowerCase();
    const same = groups.get(key);
    if (same) same.push(word);
    else groups.set(key, [word]);
  }
  const sum = (group: readonly ExplainedWord[]) => group.reduce((total, { contribution }) => total + contribution, 0);
  return [...groups.values()]
    .filter((group) => sum(group) > 0)
    .sort((a, b) => sum(b) - sum(a))
    .slice(0, mostWords);
}

function ask(
  classifier: TextClassifier,
  text: string,
  trials: readonly (readonly ExplainedWord[])[],
  label: number,
): Counterfactual[] {
  const { classes, multiLabel } = classifier;
  const proba = classifier.predictProba(trials.map((removed) => cut(text, removed)));
  return trials.map((removed, i) => {
    const row = proba.subarray(i * classes.length, (i + 1) * classes.length);
    const k = multiLabel ? label : row.indexOf(Math.max(...row));
    return {
      removed: removed.toSorted((a, b) => a.start - b.start),
      label: classes[k]!,
      probability: row[k]!,
      changes: multiLabel ? row[k]! < 0.5 : k !== label,
    };
  });
}

function cut(text: string, removed: readonly ExplainedWord[]): string {
  let rest = '';
  let at = 0;
  for (const { start, end } of removed.toSorted((a, b) => a.start - b.start)) {
    rest += `${text.slice(at, start)} `;
    at = end;
  }
  return rest + text.slice(at);
}
