// No time counts before the answer is right.
import { describe, expect, test } from 'vitest';
import { differences } from '../../bench/verify.ts';

const expected = {
  docs_train: 100,
  n_features: 50,
  nnz_train: 700,
  vocabulary_sha256: 'abc',
  fits: { optimum: { objective: 1000, accuracy: 0.9 } },
};
const right = {
  docs: 100,
  features: 50,
  nnz: 700,
  vocabularySha256: 'abc',
  objective: 1000.0005,
  reportedObjective: 999.9999,
  certifiedGap: 1e-7,
  accuracy: 0.901,
};

describe('verification', () => {
  test('an answer within the tolerances has no differences', () => {
    expect(differences(right, expected)).toEqual([]);
  });

  test('each figure that differs is named', () => {
    const found = differences({ ...right, nnz: 701, objective: 1000.002, accuracy: 0.89 }, expected);
    expect(found).toHaveLength(3);
    expect(found[0]).toContain('stored weights is 701, expected 700');
    expect(found[1]).toContain('objective is off');
    expect(found[2]).toContain('accuracy');
  });

  test('a figure that is no number is a difference', () => {
    const missing = { ...right, objective: Number.NaN, certifiedGap: Number.NaN, accuracy: Number.NaN };
    expect(differences(missing, expected)).toHaveLength(3);
  });
});
