// `sparrow explain MODEL TEXT…`: which words carried a prediction, which spoke against it, and without which it would
// be another. Texts are given as arguments, or as data with --data; the answer is lines, one JSON object or one page.
import type { Command } from 'commander';
import { SparrowError } from '../errors.ts';
import type { Explainer, Explanation } from '../evaluation/explain.ts';
import { addTextFlags, type CommonFlags, columnsOf } from './data-options.ts';
import { readModel } from './model.ts';
import { refuseFlag } from './option-flags.ts';
import { checkOutput, type OutputTarget, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { readTexts } from './texts.ts';
import { excerpt, listed, visible } from './visible.ts';

interface ExplainFlags extends CommonFlags {
  data?: string[];
  label?: string;
  terms?: string;
  counterfactual: boolean;
  html?: string;
  force?: boolean;
}

const defaultTerms = 50;
/** A page with more would be of no use, and take long to open. */
const mostOnPage = 1000;

export function configure(command: Command, session: Session): void {
  command
    .argument('<model>', 'model file')
    .argument('[text...]', 'texts to explain')
    .option('--data <files...>', 'explain the texts of these files: objects with a text, or Label Studio tasks')
    .option('--label <name>', 'explain this label (default: the most probable)')
    .option('--terms <n>', `most terms to list, with --json (default: ${defaultTerms})`)
    .option('--no-counterfactual', 'do not look for the words without which it would be another label')
    .option('--html <file>', 'write a page with the texts, their words shaded')
    .option('--force', 'overwrite a file that exists')
    .option('--json', 'print one JSON object')
    .option('-q, --quiet', 'show no progress');
  addTextFlags(command).action((model: string, texts: string[], flags: ExplainFlags) =>
    explain(model, texts, flags, session),
  );
}

async function explain(name: string, texts: readonly string[], flags: ExplainFlags, session: Session): Promise<void> {
  const maxTerms = termsOf(flags.terms);
  if (texts.length > 0 === (flags.data !== undefined)) {
    throw new SparrowError('BAD_OPTION', 'explain needs texts, or --data with files of them: one of the two.');
  }
  const inputs = [name, ...(flags.data ?? [])];
  const page = flags.html === undefined ? null : checkPage(flags.html, inputs, flags.force === true, session);
  const { classifier, version } = readModel(name, session);
  if (flags.label !== undefined && !classifier.classes.includes(flags.label)) {
    refuseFlag('--label', `a label of the model (${listed(classifier.classes, 20)})`, flags.label);
  }
  if (flags.quiet) session.progress.hide();
  const { Explainer } = await import('../evaluation/explain.ts');
  const explainer = new Explainer(classifier);
  const settings = { maxTerms, counterfactual: flags.counterfactual, ...(flags.label && { label: flags.label }) };
  const explained = (text: string) => explainer.explain(text, settings);
  await answer(explained, { texts, flags, page, model: { model: name, version } }, session);
  classifier.dispose();
}

interface Asked {
  texts: readonly string[];
  flags: ExplainFlags;
  page: OutputTarget | null;
  model: { model: string; version: string };
}

type Explain = (text: string) => ReturnType<Explainer['explain']>;

async function answer(explain: Explain, { texts, flags, page, model }: Asked, session: Session): Promise<void> {
  const { explanationText } = await import('../evaluation/explanation-output.ts');
  const isOne = flags.data === undefined && texts.length === 1;
  const pieces: Explanation[] = [];
  let count = 0;
  // Written as they come: of many texts none is kept but those for a page.
  if (flags.json && !isOne) await session.write(`${JSON.stringify(model).slice(0, -1)},"explanations":[`);
  for await (const text of textsOf(texts, flags, session)) {
    const explanation = explain(text);
    if (page !== null && pieces.push(explanation) > mostOnPage) {
      throw new SparrowError('BAD_INPUT', `--html: there are more than ${mostOnPage} texts, too many for a page.`);
    }
    if (flags.json) {
      const json = JSON.stringify(isOne ? { ...model, ...explanation } : explanation);
      await session.write(isOne ? `${json}\n` : `${count > 0 ? ',' : ''}${json}`);
    } else if (page === null) {
      const head = isOne ? '' : `${count > 0 ? '\n' : ''}${excerpt(text, 100)}\n`;
      await session.write(`${head}${explanationText(explanation, visible)}`);
    }
    count++;
    session.progress.update('explaining', count, undefined, 'texts');
  }
  session.progress.clear();
  if (flags.json && !isOne) await session.write(']}\n');
  if (page === null) return;
  const { explanationPage } = await import('./explanation-page.ts');
  writeOutput(page, [explanationPage(pieces, model)], session);
  if (!flags.json) await session.write(`${visible(page.name)}: ${count} explained\n`);
}

async function* textsOf(texts: readonly string[], flags: ExplainFlags, session: Session): AsyncGenerator<string> {
  if (flags.data === undefined) yield* texts;
  else for await (const batch of readTexts(flags.data, { columns: columnsOf(flags) }, session)) yield* batch.texts;
}

function checkPage(name: string, inputs: readonly string[], force: boolean, session: Session): OutputTarget {
  return checkOutput(name, '--html', session, { inputs, force });
}

function termsOf(text: string | undefined): number {
  if (text === undefined) return defaultTerms;
  return /^\d{1,6}$/.test(text) ? Number(text) : refuseFlag('--terms', 'a whole number', text);
}
