// The table behind a choice: every candidate that was tried, on how many texts, and how far behind the best it came.
import type { Candidate, FeatureSet } from './candidates.ts';
import { difference, type Outcome } from './outcome.ts';
import type { TextPart } from './text-part.ts';

/** One line of the table. */
export interface CandidateResult {
  readonly name: string;
  readonly C: number;
  readonly multiClass: Candidate['multiClass'];
  readonly classWeight: Candidate['classWeight'];
  readonly columnPower: number;
  readonly naiveBayes: number;
  readonly temperature: number;
  /** Texts and folds it was tried on. */
  readonly docs: number;
  readonly folds: number;
  readonly accuracy: number;
  readonly logLoss: number;
  /** Log loss above the best on the same texts, and the standard error of that. */
  readonly behind: number;
  readonly standardError: number;
  readonly seconds: number;
  readonly verdict: 'chosen' | 'as good' | 'worse' | 'dropped early';
}

/** A candidate that was tried, and where. */
export interface Trial {
  readonly outcome: Outcome;
  readonly part: TextPart;
}

/** Trials in their order, judged against the best on `part`, where the choice fell. */
export function selectionTable(
  trials: readonly Trial[],
  part: TextPart,
  { best, chosen }: { best: Outcome; chosen: Outcome },
): CandidateResult[] {
  return trials.map(({ outcome, part: where }): CandidateResult => {
    const { features, C, multiClass, classWeight, columnPower } = outcome.candidate;
    const { naiveBayes, temperature, accuracy, logLoss, seconds } = outcome;
    const { mean: behind, error: standardError } = where === part ? difference(outcome, best) : { mean: 0, error: 0 };
    const isTie = behind <= standardError;
    return {
      name: features.name,
      ...{ C, multiClass, classWeight, columnPower, naiveBayes, temperature },
      ...{ docs: where.docs.length, folds: where.k, accuracy, logLoss, behind, standardError, seconds },
      verdict: where !== part ? 'dropped early' : outcome === chosen ? 'chosen' : isTie ? 'as good' : 'worse',
    };
  });
}

/** What a reader should know of a search: where time ran short. */
export function notesOnSearch(part: TextPart, texts: number, skipped: readonly FeatureSet[]): string[] {
  const notes: string[] = [];
  if (part.docs.length < texts) {
    notes.push(`Candidates were compared on ${part.docs.length} of ${texts} texts; more time would allow all of them.`);
  }
  const names = [...new Set(skipped.map(({ name }) => name))];
  if (names.length > 0) notes.push(`There was no time to try on as many texts: ${names.join('; ')}.`);
  return notes;
}
