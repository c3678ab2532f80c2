// Seeded JSON of every shape: values that grow wild, and good bodies of Label Studio with a few places gone wrong.
import { randomFrom, randomTexts } from '../oracle/random.ts';

const keys = [
  'id',
  'data',
  'text',
  'project',
  'result',
  'value',
  'choices',
  'annotations',
  'tasks',
  'action',
  'label_config',
  '__proto__',
  'constructor',
  'toString',
  '',
];
const leaves: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  2 ** 60,
  0.1,
  '',
  ' ',
  '7',
  '../../etc',
  '\0',
  'ANNOTATION_CREATED',
  '<View/>',
  '\ud800',
  'x'.repeat(300),
  '2026-01-02T03:10:00.000000Z',
];

export class JsonMaker {
  readonly random: () => number;
  readonly #texts: readonly string[];

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.#texts = randomTexts(seed, 100);
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  value(depth = 4): unknown {
    const kind = depth === 0 ? 0 : this.random();
    if (kind < 0.4) return this.random() < 0.7 ? this.pick(leaves) : this.pick(this.#texts);
    const length = this.below(5);
    if (kind < 0.65) return Array.from({ length }, () => this.value(depth - 1));
    return this.object(length, depth);
  }

  object(length: number, depth = 4): object {
    return Object.fromEntries(Array.from({ length }, () => [this.pick(keys), this.value(depth - 1)]));
  }

  /** A copy of a good value in which some places are replaced, left out, doubled or wrapped. */
  spoiled(good: unknown, share = 0.05): unknown {
    if (this.random() < share) return this.pick([() => this.value(2), () => [good], () => ({ good }), () => null])();
    if (Array.isArray(good)) {
      return good.flatMap((one) => {
        const count = this.random() < share ? this.below(3) : 1;
        return Array.from({ length: count }, () => this.spoiled(one, share));
      });
    }
    if (typeof good !== 'object' || good === null) return good;
    const entries = Object.entries(good).filter(() => this.random() >= share);
    return Object.fromEntries(entries.map(([key, value]) => [key, this.spoiled(value, share)]));
  }
}
