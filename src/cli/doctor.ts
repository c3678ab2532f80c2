// `sparrow doctor`: looks at everything that a server needs and everything it talks to, in both directions, and says of
// each thing that does not work how to mend it. It changes nothing but a file of its own that it takes away again.
import type { Command } from 'commander';
import { SparrowError } from '../errors.ts';
import type { Configuration } from '../server/configuration.ts';
import type { Check } from '../server/dashboard-check.ts';
import { checkDirection } from './doctor-direction.ts';
import { checkMachine } from './doctor-machine.ts';
import { checkStores } from './doctor-stores.ts';
import type { Session } from './session.ts';
import { addServerFlags, environmentOf, type StartFlags } from './start.ts';
import { counted, visible } from './visible.ts';

/** A check with what it is about. */
export interface Finding extends Check {
  about: string;
}

interface DoctorFlags extends StartFlags {
  json?: boolean;
}

export function configure(command: Command, session: Session): void {
  addServerFlags(command)
    .option('--json', 'print one JSON object')
    .action((flags: DoctorFlags) => doctor(flags, session));
}

async function doctor(flags: DoctorFlags, session: Session): Promise<void> {
  const found: Finding[] = [];
  const tell = async (finding: Finding) => {
    found.push(finding);
    if (!flags.json) await session.write(lineOf(finding));
  };
  const { readConfiguration } = await import('../server/configuration.ts');
  let configuration: Configuration;
  try {
    configuration = readConfiguration(environmentOf(flags, session));
  } catch (error) {
    if (!(error instanceof SparrowError)) throw error;
    const fix = 'correct the variable or take it away; docs/configuration.md lists them all.';
    await tell({ about: 'settings', isGood: false, said: error.message, fix });
    return end(found, flags, session);
  }
  for (const look of [checkMachine, checkDirection, checkStores]) {
    for await (const finding of look(configuration, session)) await tell(finding);
  }
  return end(found, flags, session);
}

async function end(found: readonly Finding[], { json }: DoctorFlags, session: Session): Promise<void> {
  const bad = found.filter(({ isGood }) => !isGood).length;
  if (json) await session.write(`${JSON.stringify({ ok: bad === 0, checks: found })}\n`);
  if (bad > 0) throw new SparrowError('CONFLICT', `${counted(bad, 'thing')} of ${found.length} to mend.`);
  if (!json) await session.write('Everything is well.\n');
}

function lineOf({ about, isGood, said, fix }: Finding): string {
  const todo = fix === null ? '' : `\n${' '.repeat(17)}→ ${visible(fix)}`;
  return `${isGood ? '✓' : '✗'} ${about.padEnd(14)} ${visible(said)}${todo}\n`;
}
