// Those who are compared, and the order in which they run: A B A B, so that whatever else the machine does meets all
// of them alike. A slow one runs until its time is used up, at least once.
import { type Summary, summarize } from './statistics.ts';

export interface Measurement {
  readonly seconds: number;
  /** Null where only the wall clock can be read. */
  readonly cpuSeconds: number | null;
  readonly accuracy?: number | null;
  readonly objective?: number;
  readonly gap?: number;
  readonly iterations?: number;
  /** Stopped before it was done: the time is a lower bound. */
  readonly isCut?: boolean;
  /** When the objective first came within the wanted gap; null if never. */
  readonly toGap?: { readonly seconds: number; readonly cpuSeconds: number } | null;
  readonly peakBytes?: number;
}

export interface Contender {
  readonly name: string;
  /** What a reader must know of it, such as that it solves another problem. */
  readonly note?: string;
  measure(): Promise<Measurement>;
}

export interface Effort {
  /** Rounds. */
  readonly runs: number;
  /** Seconds that one contender may use up over all rounds. */
  readonly budget: number;
}

/** One line of a comparison. */
export interface Standing {
  readonly name: string;
  readonly note?: string;
  readonly wall: Summary;
  readonly cpu: Summary | null;
  readonly last: Measurement;
  readonly measurements: readonly Measurement[];
}

/** Measure in turns; the standings are in the order of the contenders. */
export async function compare(contenders: readonly Contender[], { runs, budget }: Effort): Promise<Standing[]> {
  const taken = contenders.map(() => [] as Measurement[]);
  const used = contenders.map(() => 0);
  for (let run = 0; run < runs; run++) {
    for (const [i, contender] of contenders.entries()) {
      if (used[i]! > budget) continue;
      const measurement = await contender.measure();
      used[i]! += measurement.seconds;
      taken[i]!.push(measurement);
    }
  }
  return contenders.flatMap((contender, i) => standingsOf(contender, taken[i]!));
}

/** A solver that passed the wanted gap on its way gets a second line: when it passed. */
function standingsOf(contender: Contender, measurements: readonly Measurement[]): Standing[] {
  const whole = standing(contender.name, contender.note, measurements);
  const passed = measurements.flatMap(({ toGap, ...rest }) => (toGap ? [{ ...rest, ...toGap, isCut: false }] : []));
  const isSame = passed.every(({ seconds }, i) => seconds === measurements[i]?.seconds);
  if (passed.length === 0 || isSame) return [whole];
  return [whole, standing(`${contender.name}, when at gap 1e-6`, contender.note, passed)];
}

function standing(name: string, note: string | undefined, measurements: readonly Measurement[]): Standing {
  const cpu = measurements.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
  return {
    name,
    ...(note !== undefined && { note }),
    wall: summarize(measurements.map(({ seconds }) => seconds)),
    cpu: cpu.length > 0 ? summarize(cpu) : null,
    last: measurements.at(-1)!,
    measurements,
  };
}
