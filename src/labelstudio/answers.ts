// Reads what came back from Label Studio, and says in words what is wrong with it. A proxy, a login page and an error
// with a status of 200 all look like success to whoever asks only for the status.
import { SparrowError } from '../errors.ts';
import type { NotAnArray } from './json-array.ts';
import { plain } from './quoted.ts';
import { type Answer, shown } from './request.ts';
import { isObject, type JsonObject } from './types.ts';

const ERROR_BYTES = 4096;

/** Takes keys and tokens out of what an error repeats. */
export type Redacted = (text: string) => string;

/** The whole body as text. */
export async function textOfAnswer(answer: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.pieces()) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** The whole body as an object of JSON; throws a sentence for a page, for half a JSON, for another shape. */
export async function objectOf(answer: Answer, redacted: Redacted): Promise<JsonObject> {
  const text = await textOfAnswer(answer);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw notJson(answer.url, answer.contentType, text);
  }
  if (isObject(body)) return body;
  throw otherShape(answer.url, body, redacted);
}

/** What an error answer says of itself, one line; an empty text where it says nothing. */
export async function detailOf(answer: Answer, redacted: Redacted): Promise<string> {
  let text = '';
  try {
    for await (const piece of answer.pieces()) {
      text += Buffer.from(piece).toString('utf8');
      if (text.length > ERROR_BYTES) break;
    }
  } catch {
    // The status says enough; what came of the body is taken.
  }
  return detailIn(text, redacted);
}

function detailIn(text: string, redacted: Redacted): string {
  try {
    const body: unknown = JSON.parse(text);
    if (!isObject(body)) return '';
    const said = body.detail ?? body.error ?? body.message;
    return typeof said === 'string' ? plain(redacted(said), 200).replace(/\.$/, '') : '';
  } catch {
    return '';
  }
}

function notJson(url: URL, contentType: string, text: string): SparrowError {
  const start = text.trimStart();
  if (isPage(contentType, start)) {
    return new SparrowError(
      'IO_FAILED',
      `Label Studio answered ${shown(url)} with a page, not data: a login page or a proxy stands before it, or ` +
        'LABEL_STUDIO_URL names something else.',
    );
  }
  const what = start === '' ? 'an empty answer' : 'something that is not JSON';
  return new SparrowError('IO_FAILED', `Label Studio answered ${shown(url)} with ${what}: check LABEL_STUDIO_URL.`);
}

function isPage(contentType: string, start: string): boolean {
  return contentType.includes('text/html') || start.startsWith('<');
}

/** For JSON that is not what was asked for; Label Studio may say why in it, with a status of 200. */
export function otherShape(url: URL, body: unknown, redacted: Redacted): SparrowError {
  const said = isObject(body) ? detailIn(JSON.stringify(body), redacted) : '';
  const why = said === '' ? 'of another shape than expected' : `that says "${said}"`;
  return new SparrowError('IO_FAILED', `Label Studio answered ${shown(url)} with JSON ${why}.`);
}

/** For an export that is no list of tasks. */
export function notTasks(answer: Answer, error: NotAnArray, redacted: Redacted): SparrowError {
  const start = error.start.trimStart();
  if (start.startsWith('{')) return otherShape(answer.url, objectIn(start), redacted);
  if (start === '' && error.message === 'it is empty') return notJson(answer.url, answer.contentType, '');
  if (start !== '' && !start.startsWith('[')) return notJson(answer.url, answer.contentType, start);
  return new SparrowError(
    'IO_FAILED',
    `The export from ${shown(answer.url)} is not a whole list of tasks: ${error.message}.`,
  );
}

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
