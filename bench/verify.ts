// The answer before the time: a case is measured only when what is computed is what scikit-learn computes.
import { accuracyTolerance, gapWanted } from './cases.ts';
import type { Expected } from './corpus.ts';

/** What Sparrow says of one case; the objective is summed again outside the kernels. */
export interface Computed {
  readonly docs: number;
  readonly features: number;
  readonly nnz: number;
  readonly vocabularySha256: string;
  readonly objective: number;
  readonly reportedObjective: number;
  readonly certifiedGap: number;
  readonly accuracy: number;
}

/** Everything that differs, a sentence each; empty when the answer is right. */
export function differences(computed: Computed, expected: Expected): string[] {
  const { optimum } = expected.fits;
  const wrong: string[] = [];
  const mustBe = (name: string, found: number | string, wanted: number | string): void => {
    if (found !== wanted) wrong.push(`${name} is ${found}, expected ${wanted}`);
  };
  mustBe('the number of documents', computed.docs, expected.docs_train);
  mustBe('the number of features', computed.features, expected.n_features);
  mustBe('the number of stored weights', computed.nnz, expected.nnz_train);
  mustBe('the checksum of the vocabulary', computed.vocabularySha256, expected.vocabulary_sha256);
  for (const [name, objective] of [
    ['objective', computed.objective],
    ['reported objective', computed.reportedObjective],
  ] as const) {
    const gap = (objective - optimum.objective) / optimum.objective;
    if (!(Math.abs(gap) <= gapWanted)) wrong.push(`the ${name} is off the optimum by ${gap.toExponential(2)}`);
  }
  if (!(computed.certifiedGap <= gapWanted)) wrong.push(`the certified gap is ${computed.certifiedGap}`);
  if (!(Math.abs(computed.accuracy - optimum.accuracy) <= accuracyTolerance)) {
    wrong.push(`the accuracy is ${computed.accuracy}, expected ${optimum.accuracy}`);
  }
  return wrong;
}
