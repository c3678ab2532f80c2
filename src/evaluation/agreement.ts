// How far annotators agree, where several labelled the same texts: beyond what chance would bring, for each pair of them
// and for all together, and how often each sides with the others.

/** One annotator's label for one item; a set of labels is one label here, joined in a fixed order. */
export interface Rating {
  readonly item: string | number;
  readonly annotator: string | number;
  readonly label: string;
}

export interface AnnotatorAgreement {
  readonly annotator: string;
  /** Items that this annotator and somebody else labelled. */
  readonly shared: number;
  /** Of the others' labels on those items, the share that are the same. */
  readonly agreement: number;
}

export interface PairAgreement {
  readonly annotators: readonly [string, string];
  readonly shared: number;
  readonly agreement: number;
  /** Cohen's kappa: agreement beyond chance, 1 at most; null where chance alone explains all, as with one label. */
  readonly kappa: number | null;
}

export interface Agreement {
  readonly annotators: AnnotatorAgreement[];
  readonly pairs: PairAgreement[];
  /** Items with two labels or more. */
  readonly items: number;
  /** Krippendorff's alpha for nominal labels; null with fewer than two such items or a single label. */
  readonly alpha: number | null;
}

/** An annotator's later rating of an item replaces the earlier. */
export function agreementOf(ratings: Iterable<Rating>): Agreement {
  const items = new Map<string | number, Map<string, string>>();
  for (const { item, annotator, label } of ratings) {
    const labels = items.get(item) ?? new Map<string, string>();
    labels.set(String(annotator), label);
    items.set(item, labels);
  }
  const shared = [...items.values()].filter((labels) => labels.size >= 2);
  return {
    annotators: perAnnotator(shared),
    pairs: perPair(shared),
    items: shared.length,
    alpha: krippendorffAlpha(shared),
  };
}

function perAnnotator(items: readonly ReadonlyMap<string, string>[]): AnnotatorAgreement[] {
  const sums = new Map<string, { shared: number; agreement: number }>();
  for (const labels of items) {
    for (const [annotator, label] of labels) {
      const sum = sums.get(annotator) ?? { shared: 0, agreement: 0 };
      const same = [...labels.values()].filter((other) => other === label).length - 1;
      sum.shared++;
      sum.agreement += same / (labels.size - 1);
      sums.set(annotator, sum);
    }
  }
  return [...sums]
    .map(([annotator, { shared, agreement }]) => ({ annotator, shared, agreement: agreement / shared }))
    .sort((a, b) => (a.annotator < b.annotator ? -1 : 1));
}

function perPair(items: readonly ReadonlyMap<string, string>[]): PairAgreement[] {
  const labelsOf = new Map<string, { annotators: [string, string]; labels: [string, string][] }>();
  for (const labels of items) {
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [i, [first, one]] of sorted.entries()) {
      for (const [second, other] of sorted.slice(i + 1)) {
        const key = JSON.stringify([first, second]);
        const pair = labelsOf.get(key) ?? { annotators: [first, second], labels: [] };
        pair.labels.push([one, other]);
        labelsOf.set(key, pair);
      }
    }
  }
  return [...labelsOf.values()].map(({ annotators, labels }) => {
    const agreement = labels.filter(([one, other]) => one === other).length / labels.length;
    return { annotators, shared: labels.length, agreement, kappa: kappaOf(labels, agreement) };
  });
}

function kappaOf(labels: readonly [string, string][], observed: number): number | null {
  const counts = new Map<string, [number, number]>();
  for (const pair of labels) {
    for (const side of [0, 1] as const) {
      const count = counts.get(pair[side]) ?? [0, 0];
      count[side]++;
      counts.set(pair[side], count);
    }
  }
  let expected = 0;
  for (const [first, second] of counts.values()) expected += (first * second) / labels.length ** 2;
  return expected >= 1 ? null : (observed - expected) / (1 - expected);
}

function krippendorffAlpha(items: readonly ReadonlyMap<string, string>[]): number | null {
  const totals = new Map<string, number>();
  let values = 0;
  let different = 0;
  for (const labels of items) {
    const counts = new Map<string, number>();
    for (const label of labels.values()) counts.set(label, (counts.get(label) ?? 0) + 1);
    for (const [label, count] of counts) {
      totals.set(label, (totals.get(label) ?? 0) + count);
      different += (count * (labels.size - count)) / (labels.size - 1);
    }
    values += labels.size;
  }
  let expected = 0;
  for (const count of totals.values()) expected += count * (values - count);
  return items.length < 2 || expected === 0 ? null : 1 - (different * (values - 1)) / expected;
}
