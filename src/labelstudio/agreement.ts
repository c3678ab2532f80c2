// Several people, one task: whose word becomes the sample. A ground truth silences the rest under every rule.

/**
 * What to do with several annotations of one task. `majority`: one sample with the label, or set of labels, that most
 * say; on a tie the one said last. `each`: a sample each, which share the task's weight of 1. `latest`: the last word.
 */
export type AgreementRule = 'majority' | 'each' | 'latest';

/** What one usable annotation says. */
export interface Voice {
  readonly labels: readonly string[];
  readonly isGroundTruth: boolean;
  /** Sorts by time; empty where it is not known. */
  readonly time: string;
  /** Who says it, where that is known. */
  readonly annotator?: string;
}

/** What one person said of one task, for whoever compares people; a set of labels is one label here. */
export interface Rating {
  readonly item: string;
  readonly annotator: string;
  readonly label: string;
}

export interface Agreement {
  /** The voices that count; under `majority` and `latest` all of them say the same. */
  readonly kept: readonly Voice[];
  /** Why the others do not, and how many. */
  readonly leftOut: readonly (readonly ['notGroundTruth' | 'outvoted' | 'older', number])[];
}

/** The voices of one task that count, in their order for `each`. */
export function agreeing(voices: readonly Voice[], rule: AgreementRule): Agreement {
  const truths = voices.filter((voice) => voice.isGroundTruth);
  const heard = truths.length > 0 ? truths : voices;
  const kept = chosen(heard, rule);
  const reason = rule === 'latest' ? 'older' : 'outvoted';
  return {
    kept,
    leftOut: [
      ['notGroundTruth', voices.length - heard.length],
      [reason, heard.length - kept.length],
    ],
  };
}

function chosen(voices: readonly Voice[], rule: AgreementRule): readonly Voice[] {
  if (rule === 'each' || voices.length === 1) return voices;
  const newest = newestFirst(voices);
  return rule === 'latest' ? newest.slice(0, 1) : winners(newest);
}

// Where times are equal or missing, the later place in the list is the later word.
function newestFirst(voices: readonly Voice[]): Voice[] {
  return [...voices].reverse().sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

function winners(newest: readonly Voice[]): readonly Voice[] {
  const votes = new Map<string, Voice[]>();
  for (const voice of newest) {
    const key = JSON.stringify(voice.labels);
    const same = votes.get(key);
    if (same) same.push(voice);
    else votes.set(key, [voice]);
  }
  let best: readonly Voice[] = [];
  for (const same of votes.values()) if (same.length > best.length) best = same;
  return best;
}
