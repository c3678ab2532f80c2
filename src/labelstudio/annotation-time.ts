// When an annotation was last changed, as a text that sorts by time. Label Studio writes microseconds, a Date keeps
// milliseconds, and two saves within one millisecond do happen; the first years wrote seconds since 1970.
import type { Annotation } from './types.ts';

/** `updated_at`, else `created_at`, as `2026-01-02T03:10:00.000000Z`; an empty text where there is neither. */
export function annotationTime(annotation: Annotation): string {
  return sortableTime(annotation.updated_at) || sortableTime(annotation.created_at);
}

function sortableTime(value: unknown): string {
  if (typeof value === 'number') return ofMilliseconds(value < 1e11 ? value * 1000 : value);
  if (typeof value !== 'string' || value.length > 40) return '';
  const hasZone = /(?:Z|[+-][0-9]{2}:?[0-9]{2})$/i.test(value);
  const milliseconds = ofMilliseconds(Date.parse(hasZone ? value : `${value}Z`));
  const fraction = /[.,]([0-9]{1,9})/.exec(value)?.[1];
  return milliseconds === '' || fraction === undefined
    ? milliseconds
    : `${milliseconds.slice(0, 20)}${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

function ofMilliseconds(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? '' : `${date.toISOString().slice(0, -1)}000Z`;
}
