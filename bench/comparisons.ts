// One case through all its steps: verified first, then each step of the work against each peer that is there.
import type { Case } from './cases.ts';
import { type Contender, compare, type Standing } from './contender.ts';
import { askedContenders, fitContenders, liblinearContenders, matrixContenders, textContenders } from './contenders.ts';
import type { Peers } from './peers-found.ts';
import { type Plan, type Stage, withStage } from './stage.ts';
import { type Computed, differences } from './verify.ts';
import { firstPredictionContenders, trainingContenders, wholeProcessProblem } from './whole-process.ts';

export interface Comparison {
  readonly step: string;
  /** Sparrow is the first. */
  readonly standings: readonly Standing[];
}

export interface CaseResult {
  readonly name: string;
  readonly docs: number;
  readonly classes: number;
  readonly features: number;
  /** What keeps the times from counting; then there are none. */
  readonly differences: readonly string[];
  readonly computed: Computed;
  readonly comparisons: readonly Comparison[];
}

export function runCase(test: Case, data: string, peers: Peers, plan: Plan): Promise<CaseResult> {
  return withStage(test, data, peers, plan, async (stage) => {
    const computed = await stage.sparrow.ask<Computed>({ op: 'check', options: test.options });
    const wrong = differences(computed, stage.expected);
    return {
      name: test.name,
      docs: computed.docs,
      classes: new Set(stage.corpus.train.labels).size,
      features: computed.features,
      differences: wrong,
      computed,
      comparisons: wrong.length === 0 ? await compareSteps(stage) : [],
    };
  });
}

async function compareSteps(stage: Stage): Promise<Comparison[]> {
  const { test, plan, python } = stage;
  const done: Comparison[] = [];
  const step = async (name: string, contenders: readonly Contender[]): Promise<void> => {
    plan.say(`${test.name}: ${name}`);
    done.push({ step: name, standings: await compare(contenders, plan) });
  };
  await step('texts to matrix', matrixContenders(stage));
  await step('matrix to weights', [...fitContenders(stage), ...liblinearContenders(stage)]);
  await step('texts to classifier', [
    ...askedContenders(stage, 'train', 'scikit-learn, lbfgs'),
    ...textContenders(stage),
  ]);
  await step('predict the test part', askedContenders(stage, 'predict', 'scikit-learn'));
  await step('predict one text, median', askedContenders(stage, 'one', 'scikit-learn'));
  if (python && !wholeProcessProblem()) {
    await step('program: file to saved model', trainingContenders(stage));
    await step('program: to the first prediction', firstPredictionContenders(stage));
  }
  return done;
}
