// Watches writes, so that the status page can say what is wrong with the disk, and that it is right again.
import { messageOf, SparrowError } from '../errors.ts';

export class DiskWatch {
  #problem: string | null = null;

  /** The last write that failed and has not succeeded since, in words. */
  get problem(): string | null {
    return this.#problem;
  }

  async write<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#problem = null;
      return result;
    } catch (error) {
      // Being busy passes by itself, and whoever is busy says so.
      const isPassing = error instanceof SparrowError && error.code === 'BUSY';
      if (!isPassing) this.#problem = messageOf(error);
      throw error;
    }
  }
}
