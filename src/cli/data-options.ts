// Options that several commands share, said the same way everywhere.
import type { Command } from 'commander';
import type { Columns } from './columns.ts';

export interface CommonFlags {
  textColumn?: string;
  labelColumn?: string;
  labelConfig?: string;
  json?: boolean;
  quiet?: boolean;
}

export function addTextFlags(command: Command): Command {
  return command.option('--text-column <name>', 'column of the text (default: text)');
}

export function addLabelFlags(command: Command): Command {
  return addTextFlags(command)
    .option('--label-column <name>', 'column of the label, or name of the control in an export (default: label)')
    .option('--label-config <file>', 'label config (XML) that a Label Studio export belongs to');
}

export function addOutputFlags(command: Command): Command {
  return command.option('--json', 'print one JSON object').option('-q, --quiet', 'show no progress');
}

export function columnsOf(flags: CommonFlags): Columns {
  return { text: flags.textColumn, label: flags.labelColumn };
}

export function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}

/** The same times to the microsecond, without the noise behind it. */
export function rounded<T extends Readonly<Record<string, number>>>(seconds: T): T {
  return Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, Math.round(value * 1e6) / 1e6])) as T;
}
