// `--auto`: options found by cross-validation within a time, and the table that says why these.
import type { ClassifierOptions } from '../classifier/options.ts';
import type { AutoChoice } from '../evaluation/auto.ts';
import { metricsSum } from '../evaluation/cross-validate.ts';
import { type Interval, wilsonInterval } from '../evaluation/intervals.ts';
import type { CandidateResult } from '../evaluation/selection-table.ts';
import type { Labelling } from '../evaluation/truth.ts';
import type { LabelledSet } from './labelled.ts';
import { refuseFlag } from './option-flags.ts';
import type { Session } from './session.ts';
import { counted, grouped, visible } from './visible.ts';

/** What is told of a choice: what was taken, how good that is on texts held out, and all that was tried. */
export interface AutoSummary {
  chosen: CandidateResult | null;
  /** Options that the model is fitted with. */
  options: AutoChoice['options'];
  /** Held-out texts, their folds, and how the choice did on them. */
  heldOut: { docs: number; folds: number; accuracy: number; low: number; high: number; logLoss: number; ece: number };
  table: readonly CandidateResult[];
  notes: readonly string[];
}

/** With more time than this a search rarely finds anything on tens of thousands of texts. */
export const defaultBudgetSeconds = 120;

export function budgetOf(text: string | undefined): number {
  if (text === undefined) return defaultBudgetSeconds;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  return seconds > 0 ? seconds : refuseFlag('--budget', 'a number of seconds above 0', text);
}

/** Choose among what is not fixed: on threads where there are some, so that this one hears a Ctrl-C. */
export async function chooseFor(
  set: LabelledSet,
  fixed: ClassifierOptions,
  budgetSeconds: number,
  session: Session,
): Promise<AutoChoice> {
  // Loaded when asked for: a plain fit needs none of it.
  const { chooseOptions } = await import('../evaluation/auto.ts');
  const { CrewOfThreads, crewSize } = await import('../evaluation/crew-threads.ts');
  const { progress, io } = session;
  const budgetMs = budgetSeconds * 1000;
  const start = performance.now();
  const texts = [...set.texts];
  let crew: InstanceType<typeof CrewOfThreads> | undefined;
  const crewOfThreads = (labelling: Labelling) => {
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    crew = new CrewOfThreads({ texts: set.texts.share(), labelling }, crewSize(io.threads ?? 1, units), io.signal);
    return crew;
  };
  try {
    return await chooseOptions(texts, set.targets, {
      budgetMs,
      fixed,
      seed: fixed.seed ?? 0,
      multiLabel: set.isMultiLabel,
      ...(io.threads !== undefined && { crewFor: crewOfThreads }),
      onProgress: () => progress.update('choosing', performance.now() - start, budgetMs),
    });
  } finally {
    await crew?.end();
  }
}

export function summaryOfChoice(choice: AutoChoice, { targets, isMultiLabel }: LabelledSet): AutoSummary {
  const sum = metricsSum(choice.classes, isMultiLabel);
  sum.add(
    Array.from(choice.docs, (doc) => targets[doc]!),
    choice.outOfFold,
  );
  const { docs, accuracy, logLoss, ece } = sum.result();
  const interval: Interval = wilsonInterval(Math.round(accuracy * docs), docs);
  return {
    chosen: choice.table.find(({ verdict }) => verdict === 'chosen') ?? null,
    options: choice.options,
    heldOut: { docs, folds: choice.k, accuracy, ...interval, logLoss, ece },
    table: choice.table,
    notes: choice.notes,
  };
}

/** The choice for reading: what, how good, and everything that was tried. */
export function choiceText({ chosen, heldOut, table, notes }: AutoSummary): string {
  const { docs, folds, accuracy, low, high, logLoss, ece } = heldOut;
  const how = folds === 1 ? 'a fifth that was held out' : counted(folds, 'fold');
  const widest = Math.max(4, ...table.map(({ name }) => name.length));
  const heads = ['C', 'texts', 'accuracy', 'log loss', 'behind'].map((head, at) => head.padStart(widths[at]!)).join('');
  return [
    ...(chosen === null ? [] : [`chosen: ${chosen.name}, ${traitsOf(chosen)}`]),
    `${counted(docs, 'text')} in ${how}: accuracy ${fixed(accuracy)} (${fixed(low)} to ${fixed(high)}), log loss ${fixed(logLoss)}, ece ${fixed(ece)}`,
    '',
    `${'tried'.padEnd(widest)}${heads}`,
    ...table.map((line) => `${line.name.padEnd(widest)}${cellsOf(line)}  ${verdictOf(line)}`),
    ...(notes.length > 0 ? ['', ...notes.map(visible)] : []),
    '',
  ].join('\n');
}

const widths = [6, 9, 10, 10, 18];

function cellsOf({ C, docs, accuracy, logLoss, behind, standardError, verdict }: CandidateResult): string {
  const distance = verdict === 'dropped early' ? '' : `${fixed(behind)} ± ${fixed(standardError)}`;
  const cells = [String(C), grouped(docs), fixed(accuracy), fixed(logLoss), distance];
  return cells.map((cell, at) => cell.padStart(widths[at]!)).join('');
}

/** What sets a line apart from the plain regression beside C. */
function traitsOf({ C, multiClass, classWeight, columnPower, naiveBayes, temperature }: CandidateResult): string {
  return [
    `C ${C}`,
    ...(multiClass === 'ovr' ? ['one against the rest'] : []),
    ...(classWeight === 'balanced' ? ['balanced classes'] : []),
    ...(columnPower > 0 ? [`columns scaled to the power ${columnPower}`] : []),
    ...(naiveBayes > 0 ? [`naive Bayes ${naiveBayes.toPrecision(2)}`] : []),
    `temperature ${temperature.toPrecision(2)}`,
  ].join(', ');
}

function verdictOf(line: CandidateResult): string {
  const traits = [
    ...(line.multiClass === 'ovr' ? ['one against the rest'] : []),
    ...(line.classWeight === 'balanced' ? ['balanced'] : []),
    ...(line.columnPower > 0 ? [`columns ^${line.columnPower}`] : []),
  ].join(', ');
  return traits === '' ? line.verdict : `${line.verdict} (${traits})`;
}

function fixed(value: number): string {
  return value.toFixed(4);
}
