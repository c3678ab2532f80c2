// How often annotators left a prediction as they found it. Each annotation tells which prediction it began with, so this
// costs nobody anything, and it judges the model by people's own work.
import { isObject, type JsonObject } from '../labelstudio/types.ts';

export interface AcceptanceCount {
  /** Annotations that began with a prediction. */
  judged: number;
  /** Of these, the ones that say the same. */
  accepted: number;
}

export interface Acceptance extends AcceptanceCount {
  /** By the version that predicted, newest first. */
  byVersion: (AcceptanceCount & { version: string })[];
  /** By the label that was predicted, most frequent first. */
  byLabel: (AcceptanceCount & { label: string })[];
}

/** Versions and labels that are told apart; what comes beyond is counted in the total alone. */
const mostNames = 1000;

/** Whether an annotation left the prediction that was shown as it was; null where none was shown, or it was skipped. */
export function verdictOn(annotation: unknown): boolean | null {
  return readVerdict(annotation)?.isAccepted ?? null;
}

interface Verdict {
  version: string;
  labels: string[];
  isAccepted: boolean;
}

function readVerdict(annotation: unknown): Verdict | null {
  if (!isObject(annotation) || annotation.was_cancelled === true || annotation.skipped === true) return null;
  const { prediction } = annotation;
  if (!isObject(prediction) || typeof prediction.model_version !== 'string') return null;
  const predicted = answersIn(prediction);
  if (predicted.size === 0) return null;
  const isAccepted = isSame(answersIn(annotation), predicted);
  return { version: prediction.model_version, labels: labelsOf(predicted), isAccepted };
}

export class AcceptanceTally {
  readonly #total: AcceptanceCount = { judged: 0, accepted: 0 };
  readonly #versions = new Map<string, AcceptanceCount>();
  readonly #labels = new Map<string, AcceptanceCount>();

  add(annotation: unknown): void {
    const verdict = readVerdict(annotation);
    if (!verdict) return;
    count(this.#total, verdict.isAccepted);
    countUnder(this.#versions, verdict.version, verdict.isAccepted);
    for (const label of verdict.labels) countUnder(this.#labels, label, verdict.isAccepted);
  }

  result(): Acceptance {
    return {
      ...this.#total,
      byVersion: [...this.#versions]
        .map(([version, counts]) => ({ version, ...counts }))
        .sort((a, b) => (a.version < b.version ? 1 : -1)),
      byLabel: [...this.#labels].map(([label, counts]) => ({ label, ...counts })).sort((a, b) => b.judged - a.judged),
    };
  }
}

/** Control → what it says, as text that is equal for equal answers. */
function answersIn({ result }: JsonObject): Map<string, string> {
  const answers = new Map<string, string>();
  for (const item of Array.isArray(result) ? result.filter(isObject) : []) {
    const { value } = item;
    const said = isObject(value) ? (value.choices ?? value.taxonomy) : null;
    if (typeof item.from_name !== 'string' || !Array.isArray(said)) continue;
    answers.set(item.from_name, JSON.stringify(said.map((one) => JSON.stringify(one)).sort()));
  }
  return answers;
}

/** Only what was predicted is compared: a control that the model does not answer says nothing about it. */
function isSame(given: ReadonlyMap<string, string>, predicted: ReadonlyMap<string, string>): boolean {
  for (const [control, answer] of predicted) if (given.get(control) !== answer) return false;
  return true;
}

function labelsOf(answers: ReadonlyMap<string, string>): string[] {
  return [...answers.values()].flatMap((answer) => (JSON.parse(answer) as string[]).map(nameOf));
}

/** A choice as it is, a path of a taxonomy with strokes between its steps. */
function nameOf(encoded: string): string {
  const label: unknown = JSON.parse(encoded);
  return Array.isArray(label) ? label.join(' / ') : String(label);
}

function countUnder(counts: Map<string, AcceptanceCount>, key: string, isAccepted: boolean): void {
  const known = counts.get(key);
  if (!known && counts.size >= mostNames) return;
  const entry = known ?? { judged: 0, accepted: 0 };
  counts.set(key, entry);
  count(entry, isAccepted);
}

function count(counts: AcceptanceCount, isAccepted: boolean): void {
  counts.judged++;
  if (isAccepted) counts.accepted++;
}
