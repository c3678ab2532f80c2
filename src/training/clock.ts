// The time, as something a test can move by hand.

export interface Clock {
  /** Milliseconds since 1970, as far as the machine's clock is right. */
  now(): number;
  /** Milliseconds since some moment, which no setting of the machine's clock changes. */
  elapsed(): number;
  /** Call `run` once after `ms`; the answer takes it back. */
  later(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  later(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
