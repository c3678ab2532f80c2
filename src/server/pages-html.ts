// Templates of the dashboard: Hono's, which escape whatever is put into them, narrowed to what we use. Nothing in a page
// is a promise, and nothing but our own drawing is ever let through unescaped.
import { html as template } from 'hono/html';

/** Markup that is escaped already. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return template(strings, ...values) as unknown as Html;
}

/** Somebody else's text on one line: its reading direction stays inside it, and it is no longer than `most`. */
export function name(text: string, most = 80): Html {
  const characters = [...text];
  const isLong = characters.length > most;
  const shown = isLong ? `${characters.slice(0, most - 1).join('')}…` : text;
  return isLong ? html`<bdi title="${text.slice(0, 500)}">${shown}</bdi>` : html`<bdi>${shown}</bdi>`;
}

/** 0.8734 → 87.3 %. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : '–';
}

/** 1234567 → 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** +1.2 points, −0.4 points. */
export function points(difference: number): string {
  const rounded = Math.round(difference * 1000) / 10;
  if (rounded === 0) return '±0.0 points';
  return `${rounded > 0 ? '+' : '−'}${Math.abs(rounded).toFixed(1)} points`;
}

/** 0.4 s, 12 s, 3 min. */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** How long ago, with the exact time behind it. */
export function ago(at: string, now: number): Html {
  const then = Date.parse(at);
  if (!Number.isFinite(then)) return html`<span>–</span>`;
  const seconds = Math.max(0, (now - then) / 1000);
  const words = seconds < 5 ? 'just now' : seconds < 86_400 * 2 ? `${whole(seconds)} ago` : at.slice(0, 10);
  const exact = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  return html`<time datetime="${at}" title="${exact}">${words}</time>`;
}

function whole(seconds: number): string {
  return seconds < 10 ? `${Math.round(seconds)} s` : duration(seconds);
}

/** v000012-20261124T211500-3fa9c1 → v12; what is no version of ours stays as it is. */
export function shortVersion(version: string): string {
  const counter = /^v0*(\d+)-/.exec(version)?.[1];
  return counter === undefined ? version : `v${counter}`;
}
