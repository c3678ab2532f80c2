// The comparisons as tables for people.
import type { CaseResult, Comparison } from './comparisons.ts';
import type { Measurement, Standing } from './contender.ts';
import { ratioOf } from './statistics.ts';
import { formatBytes, formatRatio, formatSeconds, formatSpread, formatTable } from './table.ts';

const heading = ['', 'wall (min – max)', 'CPU', '× Sparrow (min – max)', '× CPU', 'answer'];

export function formatCase(result: CaseResult): string {
  const { name, docs, classes, features, differences, comparisons } = result;
  const head = `${name}: ${docs} documents, ${classes} classes, ${features} features`;
  if (differences.length > 0) {
    return [`${head}: not measured, the answer is wrong`, ...differences.map((line) => `  ${line}`)].join('\n');
  }
  const gap = result.computed.certifiedGap.toExponential(1);
  const verified = `verified: vocabulary, weights, objective (certified gap ${gap}), accuracy`;
  const notes = new Set(comparisons.flatMap(({ standings }) => standings.flatMap(noteOf)));
  return [`${head}; ${verified}`, formatTable(heading, comparisons.flatMap(rowsOf)), ...notes].join('\n');
}

function rowsOf({ step, standings }: Comparison): string[][] {
  const [ours] = standings;
  if (!ours) return [];
  return [[`${step}`], ...standings.map((standing) => rowOf(standing, ours))];
}

function rowOf(standing: Standing, ours: Standing): string[] {
  const { name, note, wall, cpu, last } = standing;
  const isOurs = standing === ours;
  return [
    `  ${name}${note ? ' *' : ''}`,
    formatSpread(wall),
    cpu ? formatSeconds(cpu.median) : '–',
    isOurs ? '' : formatRatio(ratioOf(wall, ours.wall), last.isCut),
    isOurs || !cpu || !ours.cpu ? '' : `${last.isCut ? '≥ ' : ''}${(cpu.median / ours.cpu.median).toFixed(1)}×`,
    answerOf(last),
  ];
}

function answerOf({ gap, accuracy, iterations, isCut, peakBytes }: Measurement): string {
  return [
    ...(isCut ? ['stopped'] : []),
    ...(iterations === undefined ? [] : [`${iterations} it.`]),
    ...(gap === undefined ? [] : [`gap ${gap.toExponential(1)}`]),
    ...(accuracy == null ? [] : [`acc. ${accuracy.toFixed(4)}`]),
    ...(peakBytes === undefined ? [] : [`peak ${formatBytes(peakBytes)}`]),
  ].join(', ');
}

function noteOf({ name, note }: Standing): string[] {
  return note ? [`  * ${name} ${note}`] : [];
}
