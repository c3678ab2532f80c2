// What a bench found, and how it leaves the program: as text for people or one JSON object, and as a dated record.
import { describeMachine, describePinning, writeInCheckout, writeRecord } from './machine.ts';

export interface Finding {
  /** Ends the record's name; empty for the comparison with the peers. */
  readonly kind: string;
  readonly text: string;
  readonly content: object;
  /** False when an answer was wrong. */
  readonly isRight: boolean;
  /** Drawings for the documentation, by path in the checkout. */
  readonly drawings?: ReadonlyMap<string, string>;
  /** True when nothing could be measured, so that there is nothing to keep. */
  readonly isEmpty?: boolean;
}

/** What is missing, as a finding: no failure, and no record. */
export function nothingFound(kind: string, note: string): Finding {
  return { kind, text: `Not measured: ${note}.`, content: { note }, isRight: true, isEmpty: true };
}

/** What every bench is given. */
export interface Settings {
  /** Folder of the corpora. */
  readonly data: string;
  readonly isQuick: boolean;
  /** Progress, for standard error. */
  say(line: string): void;
}

/** Print and keep it; the exit code. */
export function publish(finding: Finding, { asJson, isRecorded }: { asJson: boolean; isRecorded: boolean }): number {
  const machine = describeMachine();
  const { kind, text, content, isRight, isEmpty, drawings = [] } = finding;
  console.log(asJson ? JSON.stringify({ machine, ...content }) : `${describePinning(machine)}\n\n${text}`);
  if (isRecorded && !isEmpty) {
    process.stderr.write(`Record: ${writeRecord(machine, kind, content)}\n`);
    for (const [path, svg] of drawings) writeInCheckout(path, svg);
  }
  return isRight ? 0 : 1;
}
