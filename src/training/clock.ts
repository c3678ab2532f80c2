// The time, as something a test can move by hand.

export interface Clock {
  now(): number;
  /** Call `run` once after `ms`; the answer takes it back. */
  later(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  later(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
