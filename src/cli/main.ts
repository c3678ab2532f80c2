// The command line from arguments to exit code: 0 done, 1 failed, 2 wrong usage, 130 or 143 interrupted.
// Only Commander is loaded before the command is known; a command's own file is loaded when it is the one asked for.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { SparrowError } from '../errors.ts';
import { commands } from './commands.ts';
import { type Io, ReaderGone, Session } from './session.ts';

/** Run one command line (without `node` and the script) and return its exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const session = new Session(io);
  const chosen = chosenCommand(argv);
  const isService = commands.some(({ name, isService }) => name === chosen && isService);
  try {
    await interruptible(run(argv, chosen, session), isService ? undefined : io.signal);
    await session.flush();
    return 0;
  } catch (error) {
    session.discard();
    return report(error, session);
  }
}

/** The first operand, or the second after `help`. */
function chosenCommand(argv: readonly string[]): string | undefined {
  const operands = argv.filter((argument) => !argument.startsWith('-'));
  return operands[0] === 'help' ? operands[1] : operands[0];
}

async function run(argv: readonly string[], chosen: string | undefined, session: Session): Promise<void> {
  const help: string[] = [];
  const program = new Command('sparrow')
    .description('Text classification with TF-IDF and logistic regression, at the speed of WebAssembly.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => help.push(text),
      writeErr: () => {},
      getOutHelpWidth: () => session.io.stdout.columns ?? 80,
    });
  for (const { name, summary, load } of commands) {
    const command = program.command(name).description(summary);
    if (name === chosen) (await load()).configure(command, session);
  }
  try {
    if (argv.length === 0) throw new SparrowError('BAD_OPTION', 'a command is missing; see sparrow --help.');
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(misspelt(error, argv, program, chosen), program, chosen);
  }
  if (help.length > 0) await session.write(help.join(''));
}

/** Commander's complaint as one line, with the nearest right name and where to read more. */
function usageError(error: CommanderError, program: Command, chosen: string | undefined): SparrowError {
  const [complaint = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const command = program.commands.find((candidate) => candidate.name() === chosen);
  const hint = more.join(' ').trim() || otherCase(complaint, command);
  const see = `see sparrow ${command === undefined ? '' : `${command.name()} `}--help`;
  return new SparrowError('BAD_OPTION', `${complaint.replace(/\.$/, '')}${hint && ` ${hint}`}; ${see}.`);
}

/** Where a required option is missing because it was misspelt, the complaint about the spelling, which suggests the right one. */
function misspelt(
  error: CommanderError,
  argv: readonly string[],
  program: Command,
  chosen: string | undefined,
): CommanderError {
  const command = program.commands.find((candidate) => candidate.name() === chosen);
  if (error.code !== 'commander.missingMandatoryOptionValue' || command === undefined) return error;
  const isKnown = (flag: string) => flag === '--help' || command.options.some(({ long }) => long === flag);
  const wrong = argv
    .map((argument) => argument.replace(/=.*/s, ''))
    .find((flag) => /^--\w/.test(flag) && !isKnown(flag));
  if (wrong === undefined) return error;
  try {
    // Commander's own, which its types leave out.
    (command as unknown as { unknownOption(flag: string): never }).unknownOption(wrong);
  } catch (complaint) {
    if (complaint instanceof CommanderError) return complaint;
  }
  return error;
}

/** Commander suggests nothing for names of one letter, such as --C. */
function otherCase(complaint: string, command: Command | undefined): string {
  const wrong = /^unknown option '(--[^']+)'/.exec(complaint)?.[1]?.toLowerCase();
  const right = command?.options.find(({ long }) => long?.toLowerCase() === wrong)?.long;
  return right == null ? '' : `(Did you mean ${right}?)`;
}

/** Reject as soon as the signal is aborted, whatever the command is waiting for. */
async function interruptible(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  let interrupt: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(signal.reason);
    if (signal.aborted) interrupt();
    else signal.addEventListener('abort', interrupt);
  });
  try {
    await Promise.race([work, interrupted]);
  } finally {
    if (interrupt !== undefined) signal.removeEventListener('abort', interrupt);
    work.catch(() => {});
  }
}

function report(error: unknown, session: Session): number {
  if (session.io.signal?.aborted) return session.io.signal.reason === 'SIGTERM' ? 143 : 130;
  if (error instanceof ReaderGone) return 0;
  if (error instanceof SparrowError) {
    session.say(error.message);
    return error.exitCode;
  }
  // A bug: the stack is what its report needs.
  const { stderr } = session.io;
  stderr.write(`sparrow: this is a bug in Sparrow.\n${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
