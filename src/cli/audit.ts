// `sparrow audit DATA…`: the labels that look wrong, most suspect first, by models that had not seen the text.
import type { Command } from 'commander';
import type { ClassifierOptions } from '../classifier/options.ts';
import { SparrowError } from '../errors.ts';
import type { HeldOut } from '../evaluation/out-of-fold.ts';
import { budgetOf, chooseFor, defaultBudgetSeconds } from './auto-choice.ts';
import { addLabelFlags, addOutputFlags, type CommonFlags, columnsOf, rounded, secondsSince } from './data-options.ts';
import { checkClasses } from './fit-checks.ts';
import { type LabelledSet, readLabelledSet } from './labelled.ts';
import {
  addRegressionFlags,
  addVectorizerFlags,
  type FlagOptions,
  optionsFor,
  readFlags,
  refuseFlag,
} from './option-flags.ts';
import type { Session } from './session.ts';
import { counted, excerpt, grouped } from './visible.ts';

interface AuditFlags extends CommonFlags {
  auto: boolean;
  budget?: string;
  folds?: string;
  most?: string;
}

/** One label that looks wrong. */
interface SuspectLine {
  /** File and line, or task. */
  place: string;
  given: string;
  suggested: string;
  /** With several labels a text `suggested` is to be added or taken away. */
  change: 'replace' | 'add' | 'remove';
  givenProbability: number;
  suggestedProbability: number;
  text: string;
}

interface Audit {
  docs: number;
  folds: number;
  /** Texts with a label that looks wrong, all told, and their share. */
  suspicious: number;
  share: number;
  suspects: SuspectLine[];
  seconds: { read: number; judge: number; total: number };
}

const defaultMost = 50;
const defaultFolds = 5;
const leastDocs = 10;

export function configure(command: Command, session: Session): void {
  command
    .argument('<data...>', 'JSONL, CSV, TSV or Label Studio JSON files, plain or gzip; - is standard input')
    .option('--most <n>', `labels to list (default: ${defaultMost}; all that look wrong: 0)`)
    .option('--folds <k>', `judge by k models, each without the texts that it judges (default: ${defaultFolds})`)
    .option('--no-auto', 'judge by the options below alone, instead of choosing what they do not say')
    .option('--budget <seconds>', `time for choosing (default: ${defaultBudgetSeconds})`);
  addLabelFlags(command);
  addRegressionFlags(addVectorizerFlags(command));
  addOutputFlags(command).action((data: string[], flags: AuditFlags) => audit(data, flags, session));
}

async function audit(data: readonly string[], flags: AuditFlags, session: Session): Promise<void> {
  const start = performance.now();
  const options = readFlags({ ...flags }, session);
  const most = countOf(flags.most, defaultMost, '--most', 0);
  const k = countOf(flags.folds, defaultFolds, '--folds', 2);
  const budget = budgetOf(flags.budget);
  if (flags.quiet) session.progress.hide();
  const reading = { columns: columnsOf(flags), labelConfig: flags.labelConfig, withPlaces: true };
  const set = await readLabelledSet(data, reading, session);
  checkClasses(set);
  if (set.targets.length < Math.max(leastDocs, k)) {
    const why = `Judging labels needs at least ${Math.max(leastDocs, k)} texts; there are ${set.targets.length}.`;
    throw new SparrowError('TOO_FEW_LABELS', why);
  }
  const read = secondsSince(start);
  const heldOut = await judge(set, options, { isAuto: flags.auto, budget, k }, session);
  session.progress.clear();
  const found = await suspectsIn(set, heldOut, most === 0 ? Number.POSITIVE_INFINITY : most);
  const total = secondsSince(start);
  const result: Audit = { ...found, seconds: rounded({ read, judge: total - read, total }) };
  await session.write(flags.json ? `${JSON.stringify(result)}\n` : textOf(result, session));
}

function countOf(text: string | undefined, fallback: number, flag: string, least: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least ? value : refuseFlag(flag, `a whole number of at least ${least}`, text);
}

/** Every text predicted by a model that had not seen it. */
async function judge(
  set: LabelledSet,
  options: FlagOptions,
  { isAuto, budget, k }: { isAuto: boolean; budget: number; k: number },
  session: Session,
): Promise<HeldOut> {
  const given: ClassifierOptions = optionsFor(options, set.targets.length);
  const choice = isAuto ? await chooseFor(set, given, budget, session) : null;
  // The folds of the choice will do, unless its time sufficed for a part of the texts only.
  if (choice !== null && choice.docs.length === set.targets.length && choice.k === k) return choice;
  const { holdOut } = await import('../evaluation/out-of-fold.ts');
  const fit = { ...(choice?.options ?? given), multiLabel: set.isMultiLabel };
  const onFold = (done: number) => session.progress.update('judging', done, k);
  return session.block(() => holdOut([...set.texts], set.targets, fit, { k, seed: given.seed ?? 0, onFold }));
}

async function suspectsIn(
  { texts, targets, isMultiLabel, places = [] }: LabelledSet,
  { classes, outOfFold, docs, k }: HeldOut,
  most: number,
): Promise<Omit<Audit, 'seconds'>> {
  const [{ findSuspects }, { labellingOf }] = await Promise.all([
    import('../evaluation/suspicious.ts'),
    import('../evaluation/truth.ts'),
  ]);
  const { truth } = labellingOf(targets, isMultiLabel, classes);
  const { suspects, share } = findSuspects(outOfFold, truth);
  const lines = suspects.slice(0, most).map(({ row, given, suggested, isMissing, ...probabilities }): SuspectLine => {
    const doc = docs[row]!;
    return {
      place: places[doc] ?? String(doc),
      given: classes[given]!,
      suggested: classes[suggested]!,
      change: isMultiLabel ? (isMissing ? 'add' : 'remove') : 'replace',
      ...probabilities,
      text: texts.at(doc),
    };
  });
  const suspicious = new Set(suspects.map(({ row }) => row)).size;
  return { docs: targets.length, folds: k, suspicious, share, suspects: lines };
}

function textOf({ docs, folds, suspicious, share, suspects, seconds }: Audit, { io }: Session): string {
  const width = Math.max(40, Math.min(160, io.stdout.columns ?? 100));
  const found = `${grouped(suspicious)} of ${counted(docs, 'text')} (${(100 * share).toFixed(1)} %)`;
  const head = `${found} have a label that looks wrong, judged by ${folds} models that had not seen them, in ${seconds.total.toFixed(1)} s`;
  const rows = suspects.map((suspect, i) => {
    const chances = `${percent(suspect.givenProbability)} against ${percent(suspect.suggestedProbability)}`;
    const number = `${i + 1}.`.padStart(5);
    return `${number} ${excerpt(suspect.place, 60)}: ${judgement(suspect)} (${chances})\n      ${excerpt(suspect.text, width - 8)}\n`;
  });
  const left = suspicious - new Set(suspects.map(({ place }) => place)).size;
  const more = left > 0 && suspects.length > 0 ? [`${grouped(left)} more: --most 0 lists all.\n`] : [];
  return [`${head}\n`, ...rows, ...more].join('');
}

function judgement({ given, suggested, change }: SuspectLine): string {
  if (change === 'replace') return `${excerpt(given, 30)} → ${excerpt(suggested, 30)}`;
  return `${change === 'add' ? '+' : '−'} ${excerpt(suggested, 30)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
