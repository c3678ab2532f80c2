// One line of progress on standard error, redrawn in place: only for a person at a terminal that can redraw, and never
// wider than it. Everywhere else there is none, so that logs hold no control codes.
import type { Io } from './session.ts';
import { grouped } from './visible.ts';

const leastPauseMs = 100;
const barCells = 20;

export class Progress {
  readonly #io: Pick<Io, 'stderr' | 'env'>;
  #isShown: boolean;
  #isDrawn = false;
  #nextAt: number;

  readonly #now: () => number;

  constructor(io: Pick<Io, 'stderr' | 'env'>, now = (): number => performance.now()) {
    this.#io = io;
    this.#now = now;
    const { NO_COLOR, TERM } = io.env;
    this.#isShown = io.stderr.isTTY === true && !NO_COLOR && TERM !== 'dumb';
    // What is done at once needs no progress.
    this.#nextAt = now() + leastPauseMs;
  }

  /** Show nothing from now on. */
  hide(): void {
    this.clear();
    this.#isShown = false;
  }

  /** Say how far a phase has come; without a total, how much is done. */
  update(phase: string, done: number, total?: number): void {
    if (!this.#isShown) return;
    const now = this.#now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + leastPauseMs;
    const width = (this.#io.stderr.columns || 80) - 1;
    const line = total ? barOf(phase, Math.min(1, done / total), width) : `${phase} ${grouped(done)}`;
    this.#io.stderr.write(`\r\u001b[K${line.slice(0, width)}`);
    this.#isDrawn = true;
  }

  /** Take the line away, before anything else is written. */
  clear(): void {
    if (this.#isDrawn) this.#io.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}

function barOf(phase: string, share: number, width: number): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const cells = Math.min(barCells, width - phase.length - percent.length - 3);
  if (cells < 4) return `${phase} ${percent}`;
  const filled = Math.round(share * cells);
  return `${phase} ${'█'.repeat(filled)}${'░'.repeat(cells - filled)} ${percent}`;
}
