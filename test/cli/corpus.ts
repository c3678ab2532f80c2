// A little labelled corpus, large enough for folds and small enough to be fitted in a moment.
const words: Record<string, string[]> = {
  sport: ['goal', 'match', 'team', 'player', 'score', 'league', 'coach'],
  weather: ['rain', 'sun', 'wind', 'cloud', 'storm', 'frost', 'heat'],
  money: ['bank', 'loan', 'stock', 'price', 'market', 'profit', 'tax'],
};

export interface Sample {
  text: string;
  label: string;
}

/** `count` documents, the labels in turn; the last word tells them apart. */
export function corpus(count: number, labels: readonly string[] = Object.keys(words)): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const label = labels[i % labels.length]!;
    const own = words[label]!;
    const chosen = [0, 1, 2].map((k) => own[(i * (k + 3) + k) % own.length]);
    return { text: `the ${chosen.join(' and the ')} of today, number ${i}`, label };
  });
}

export function jsonl(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export function csv(samples: readonly Sample[]): string {
  return `text,label\n${samples.map(({ text, label }) => `"${text}",${label}\n`).join('')}`;
}

/** The samples as a Label Studio export, the texts under `key`. */
export function exported(samples: readonly Sample[], key = 'text') {
  return samples.map(({ text, label }, i) => ({
    id: i + 1,
    data: { [key]: text, number: i },
    annotations: [
      {
        id: 1000 + i,
        was_cancelled: false,
        result: [{ id: 'r', from_name: 'topic', to_name: 'doc', type: 'choices', value: { choices: [label] } }],
      },
    ],
    predictions: [],
  }));
}
