// What is said about a fit before and after it, wherever one is made.
import type { FitReport } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import type { LabelledTargets } from './labelled.ts';
import type { Session } from './session.ts';
import { counted, quoted } from './visible.ts';

/** One class teaches nothing; say so before the time is spent. */
export function checkClasses({ targets, isMultiLabel }: LabelledTargets): void {
  const classes = new Set(targets.flat());
  if (classes.size > 1 || (isMultiLabel && classes.size > 0)) return;
  const [only] = classes;
  const found = only === undefined ? 'no label' : `one label only, ${quoted(only)}`;
  throw new SparrowError('TOO_FEW_LABELS', `The data hold ${found}; a classifier needs at least two.`);
}

/** A fit that stopped early is still a model, but never a silent one. */
export function sayIfNotConverged(report: FitReport, session: Session): void {
  if (report.converged) return;
  const reached = `a gap of ${report.gap.toPrecision(2)} after ${counted(report.iterations, 'iteration')}`;
  session.say(`the fit did not converge: it reached ${reached}; raise --max-iter or --tol, or lower --C.`);
}
