// Progress on standard error: on a terminal that can redraw one line, redrawn in place and never wider than it, with what
// is done, how fast, and how long it still takes; anywhere else a plain line now and then, so that logs hold no control
// codes. What is done at once needs none.
import type { Io } from './session.ts';
import { grouped } from './visible.ts';

const redrawMs = 100;
const plainMs = 10_000;
const barCells = 20;
/** A rate from less time than this would jump about. */
const leastForRateMs = 500;

export class Progress {
  readonly #io: Pick<Io, 'stderr' | 'env'>;
  readonly #now: () => number;
  readonly #canRedraw: boolean;
  #isShown = true;
  #isDrawn = false;
  #nextAt: number;
  #phase: { name: string; startedAt: number; done: number } | undefined;

  constructor(io: Pick<Io, 'stderr' | 'env'>, now = (): number => performance.now()) {
    this.#io = io;
    this.#now = now;
    const { NO_COLOR, TERM } = io.env;
    this.#canRedraw = io.stderr.isTTY === true && !NO_COLOR && TERM !== 'dumb';
    this.#nextAt = now() + this.#pauseMs;
  }

  /** Show nothing from now on. */
  hide(): void {
    this.clear();
    this.#isShown = false;
  }

  /** Say how far a phase has come: so many of `total`, or without one so many; with a `unit` they are counted aloud. */
  update(name: string, done: number, total?: number, unit?: string): void {
    if (!this.#isShown) return;
    const now = this.#now();
    if (this.#phase?.name !== name || done < this.#phase.done) this.#phase = { name, startedAt: now, done };
    if (now < this.#nextAt) return;
    this.#nextAt = now + this.#pauseMs;
    const pace = this.#paceOf(now, done, total, unit);
    if (!this.#canRedraw) {
      const share = total ? percent(done / total).trim() : grouped(done);
      this.#io.stderr.write(`sparrow: ${[`${name} ${share}`, ...pace].join(', ')}\n`);
      return;
    }
    const width = (this.#io.stderr.columns || 80) - 1;
    this.#io.stderr.write(`\r\u001b[K${lineOf(name, total ? done / total : grouped(done), pace, width)}`);
    this.#isDrawn = true;
  }

  /** Take the line away, before anything else is written. */
  clear(): void {
    if (this.#isDrawn) this.#io.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }

  get #pauseMs(): number {
    return this.#canRedraw ? redrawMs : plainMs;
  }

  /** How fast, and how long it still takes; nothing of either before it can be told. */
  #paceOf(now: number, done: number, total: number | undefined, unit: string | undefined): string[] {
    const { startedAt, done: before } = this.#phase!;
    const seconds = (now - startedAt) / 1000;
    const rate = (done - before) / seconds;
    if (seconds * 1000 < leastForRateMs || !(rate > 0)) return [];
    const fast =
      unit === undefined && total !== undefined ? [] : [`${grouped(Math.round(rate))}${unit ? ` ${unit}` : ''}/s`];
    return total === undefined || done >= total ? fast : [...fast, `${duration((total - done) / rate)} left`];
  }
}

/** As much of it as fits: the bar first, then the pace. */
function lineOf(name: string, progress: number | string, pace: readonly string[], width: number): string {
  if (typeof progress === 'string') return [`${name} ${progress}`, ...pace].join('  ').slice(0, width);
  const shown = percent(progress);
  const cells = Math.min(barCells, width - name.length - shown.length - 3);
  if (cells < 4) return `${name} ${shown}`.slice(0, width);
  const filled = Math.round(Math.min(1, progress) * cells);
  let line = `${name} ${'█'.repeat(filled)}${'░'.repeat(cells - filled)} ${shown}`;
  for (const part of pace) if (line.length + part.length + 2 <= width) line += `  ${part}`;
  return line.slice(0, width);
}

function percent(share: number): string {
  return `${Math.floor(Math.min(1, share) * 100)} %`.padStart(5);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
