// What the doctor looks at between here and Label Studio: which address Label Studio must be given, whether it has used
// it, and whether it can be asked from here, with which kind of key.
import { isObject } from '../labelstudio/types.ts';
import type { Configuration } from '../server/configuration.ts';
import { addressesOf, isLoopback } from '../server/dashboard-addresses.ts';
import { checkLabelStudio } from '../server/dashboard-check.ts';
import type { Finding } from './doctor.ts';
import { runningServer } from './doctor-machine.ts';

export async function* checkDirection(configuration: Configuration): AsyncGenerator<Finding> {
  yield addresses(configuration);
  yield* await arrivals(configuration);
  const { labelStudioUrl, labelStudio } = configuration;
  for (const check of await checkLabelStudio({ url: labelStudioUrl, apiKey: labelStudio?.apiKey ?? null })) {
    yield { about: 'Label Studio', ...check };
  }
}

function addresses({ host, port, labelStudioUrl }: Configuration): Finding {
  const found = addressesOf(host, port).map(({ url, when }) => `${url} (${when})`);
  const said = `in Label Studio type ${found.join('; ')}`;
  const isElsewhere = labelStudioUrl !== null && !isLoopback(new URL(labelStudioUrl).hostname);
  if (!isLoopback(host) || !isElsewhere) return { about: 'address', isGood: true, said, fix: null };
  const fix =
    'set HOST=0.0.0.0: Label Studio is on another machine or in a container, and this one listens to itself alone.';
  return { about: 'address', isGood: false, said, fix };
}

/** What a server that runs already has seen of Label Studio. */
async function arrivals({ port, auth }: Configuration): Promise<Finding[]> {
  if ((await runningServer(port)) === null) {
    const said = 'no server runs, so nothing could arrive';
    return [
      {
        about: 'arrivals',
        isGood: true,
        said,
        fix: 'start it and run the doctor again to see whether webhooks arrive.',
      },
    ];
  }
  const credentials = auth && Buffer.from(`${auth.user}:${auth.password}`).toString('base64');
  const answer = await fetch(`http://127.0.0.1:${port}/api/events`, {
    headers: credentials === null ? {} : { authorization: `Basic ${credentials}` },
    signal: AbortSignal.timeout(5000),
  });
  if (answer.status === 401) {
    const said = 'the running server wants another user or password';
    return [
      { about: 'arrivals', isGood: false, said, fix: 'give the doctor the same BASIC_AUTH_USER and BASIC_AUTH_PASS.' },
    ];
  }
  const body: unknown = await answer.json();
  const events = isObject(body) && Array.isArray(body.events) ? body.events.filter(isObject) : [];
  return [asked(events), webhook(events), ...refusals(events)];
}

type Events = readonly { readonly [key: string]: unknown }[];

function asked(events: Events): Finding {
  const about = 'arrivals';
  const last = events.find(({ kind }) => kind === 'setup' || kind === 'predict');
  if (last) return { about, isGood: true, said: `Label Studio last asked at ${String(last.at)}`, fix: null };
  const fix = 'connect it: Settings → Model → Connect Model, with an address from above.';
  return { about, isGood: false, said: 'Label Studio has not asked since the server started', fix };
}

function webhook(events: Events): Finding {
  const about = 'webhook';
  const all = events.filter(({ kind }) => kind === 'webhook');
  const whole = all.find(({ why }) => typeof why !== 'string' || !why.includes('payload'));
  if (whole) return { about, isGood: true, said: `last came at ${String(whole.at)}`, fix: null };
  if (all.length > 0) {
    return {
      about,
      isGood: false,
      said: 'came without its payload',
      fix: 'switch "Send payload" on in the webhook’s settings.',
    };
  }
  const fix = 'add it: Settings → Webhooks → Add Webhook, the address with /webhook behind it, "Send payload" on.';
  return { about, isGood: false, said: 'none has come since the server started; without it nothing is learnt', fix };
}

function refusals(events: Events): Finding[] {
  const refused = events.find(({ kind }) => kind === 'refused');
  if (!refused) return [];
  const said = `at ${String(refused.at)} the server ${String(refused.did)}: ${String(refused.why)}`;
  return [
    {
      about: 'refusals',
      isGood: false,
      said,
      fix: 'give Label Studio the user and password, and the webhook the header.',
    },
  ];
}
