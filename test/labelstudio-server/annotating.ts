// What annotators see and do: label configs, choices, and texts to label.

import { randomFrom } from '../conformance/journal.ts';
import { hasCorpora, readCorpus } from '../corpora.ts';

export interface Example {
  text: string;
  label: string;
}

/** A result item that chooses labels. */
export function chosen(fromName: string, toName: string, ...labels: string[]): object {
  return { id: 'r1', from_name: fromName, to_name: toName, type: 'choices', value: { choices: labels } };
}

/** A config with one Choices on one Text. */
export function choicesConfig(labels: readonly string[], { from = 'label', to = 'text', more = '' } = {}): string {
  const choices = labels.map((label) => `<Choice value="${label.replaceAll('&', '&amp;')}"/>`).join('');
  return `<View><Text name="${to}" value="$text"/><Choices name="${from}" toName="${to}"${more}>${choices}</Choices></View>`;
}

/** banking77 where it is at hand; otherwise made-up questions of as many kinds, each with words of its own. */
export function bankingQuestions(count: number, part: 'train' | 'test'): Example[] {
  const random = randomFrom(part === 'train' ? 77 : 7777);
  if (!hasCorpora) return Array.from({ length: count }, () => madeUp(random));
  const { texts, labels } = readCorpus('banking77', part);
  const places = texts.map((_, i) => i);
  for (let i = places.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  return places.slice(0, count).map((i) => ({ text: texts[i] ?? '', label: labels[i] ?? '' }));
}

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ka', 'le', 'mi', 'no', 'pu', 'ra', 'se', 'ti', 'vo', 'zu'];
const kinds = 77;

function madeUp(random: (below: number) => number): Example {
  const kind = random(kinds);
  const word = (n: number) => `${syllables[n % 15]}${syllables[Math.floor(n / 15) % 15]}${syllables[(n * 7) % 15]}`;
  const words = Array.from({ length: 12 }, () => word(random(3) === 0 ? 300 + kind * 4 + random(4) : random(200)));
  return { text: words.join(' '), label: `kind ${kind}` };
}
