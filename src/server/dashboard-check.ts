// Can Label Studio be reached from here, and what kind of key is it? Said in sentences with what to do, for the page and
// for `sparrow doctor`. Only the configured address is asked, and the key stands in no sentence.
import { messageOf, SparrowError } from '../errors.ts';
import type { Fetch } from '../labelstudio/request.ts';
import { isLoopback } from './dashboard-addresses.ts';

/** One thing that was looked at. */
export interface Check {
  isGood: boolean;
  said: string;
  /** What to do about it; null where nothing is to be done. */
  fix: string | null;
}

export interface LabelStudioSettings {
  url: string | null;
  apiKey: string | null;
}

const waitMs = 5000;

export async function checkLabelStudio({ url, apiKey }: LabelStudioSettings, fetch?: Fetch): Promise<Check[]> {
  if (url === null) {
    const said = 'LABEL_STUDIO_URL is not set: this server learns from webhooks alone.';
    const fix =
      apiKey === null
        ? null
        : 'set LABEL_STUDIO_URL to the address of Label Studio, or take LABEL_STUDIO_API_KEY away.';
    return [{ isGood: apiKey === null, said, fix }];
  }
  // Loaded when it is needed: most servers have no key.
  const { LabelStudioClient } = await import('../labelstudio/client.ts');
  try {
    const limits = { waitMs, idleMs: waitMs, totalMs: 2 * waitMs };
    const client = new LabelStudioClient({ url, key: apiKey ?? '', attempts: 1, limits, ...(fetch && { fetch }) });
    if (apiKey === null) return [await reach(client.address, fetch)];
    const { keyKind } = client;
    const kind = keyKind === 'personal' ? 'a personal access token' : 'a legacy token';
    const { email } = await client.whoAmI();
    const who = email === '' ? '' : ` It is the key of ${email}.`;
    return [
      {
        isGood: true,
        said: `Label Studio answers at ${client.address.origin} and takes the key, ${kind}.${who}`,
        fix: null,
      },
    ];
  } catch (error) {
    return [failure(error, url)];
  }
}

/** Without a key there is one question left: whether something answers. */
async function reach(address: URL, fetch: Fetch = (url, init) => globalThis.fetch(url, init)): Promise<Check> {
  const base = address.href.endsWith('/') ? address.href : `${address.href}/`;
  const response = await fetch(`${base}health`, { redirect: 'manual', signal: AbortSignal.timeout(waitMs) });
  await response.body?.cancel();
  return {
    isGood: true,
    said: `Something answers at ${address.origin}. There is no key, so this server learns from webhooks alone.`,
    fix: null,
  };
}

function failure(error: unknown, url: string): Check {
  const isKnown = error instanceof SparrowError;
  const said = isKnown ? error.message : `Label Studio at ${originOf(url)} cannot be reached: ${reasonOf(error)}.`;
  if (isKnown && error.code === 'UNAUTHORIZED') {
    return {
      isGood: false,
      said,
      fix: 'copy a key anew from Account & Settings in Label Studio into LABEL_STUDIO_API_KEY.',
    };
  }
  if (isKnown && error.code === 'BAD_OPTION') return { isGood: false, said, fix: 'correct LABEL_STUDIO_URL.' };
  const isLocal = URL.canParse(url) && isLoopback(new URL(url).hostname);
  const fix = isLocal
    ? 'start Label Studio, or, if this server runs in a container, name Label Studio by its service or by host.docker.internal: inside a container localhost is the container.'
    : 'compare LABEL_STUDIO_URL with what a browser on this machine can open.';
  return { isGood: false, said, fix };
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'its address';
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}
