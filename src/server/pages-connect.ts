// The first-run page: what to type where in Label Studio, what has arrived so far, and what the usual refusals mean.
import { sampleConfig } from '../labelstudio/sample-config.ts';
import type { Check } from './dashboard-check.ts';
import { type Html, html } from './pages-html.ts';
import { heading, page, part } from './pages-layout.ts';

/** What this server has seen of Label Studio since it started. */
export interface Seen {
  /** Label Studio asked for a setup or a prediction. */
  asked: string | null;
  /** A webhook with an annotation arrived. */
  webhook: string | null;
  /** A webhook arrived, but without what it is about. */
  emptyWebhook: boolean;
  /** Somebody was refused for want of a password. */
  refused: boolean;
}

export interface ConnectPage {
  /** Addresses of this server, the likeliest for Label Studio first. */
  urls: readonly { url: string; when: string }[];
  hasAuth: boolean;
  seen: Seen;
  /** Outcome of the check button; null before it was pressed. */
  checks: readonly Check[] | null;
  isFirstRun: boolean;
}

export function connectPage(view: ConnectPage): string {
  const { isFirstRun, urls } = view;
  const title = isFirstRun ? 'Connect Label Studio' : 'Connect another project';
  const best = urls[0]?.url ?? '';
  const content = html`${heading(title)}
<p class="lead">Four steps; the first annotation is learnt from within a second.</p>
<ol class="steps">
<li class="card"><h2>Have a project that labels texts</h2>
<p>Its labeling interface needs <code>Choices</code> or <code>Taxonomy</code> on a <code>Text</code>, <code>HyperText</code> or <code>Paragraphs</code>. For example:</p>
${copyable('config', sampleConfig, null)}</li>
<li class="card"><h2>Connect the model</h2>
<p>In the project: <em>Settings → Model → Connect Model</em>. As its backend URL type</p>
${copyable('url', best, '')}
${view.hasAuth && connectionAuth()}
${addresses(view)}</li>
<li class="card"><h2>Add the webhook</h2>
<p>In the project: <em>Settings → Webhooks → Add Webhook</em>, with <em>Send payload</em> on and all events, or at least those of annotations:</p>
${copyable('webhook', `${best}/webhook`, 'webhook')}
${view.hasAuth && webhookAuth()}</li>
<li class="card"><h2>Label</h2><p>Open a task and submit it. With texts of two classes labelled, the first version is trained.</p></li>
</ol>
${part('seen', seen(view))}
${check(view)}
${troubles()}`;
  return page({ title, root: './', section: 'connect', live: 'api/events' }, content);
}

/**
 * Something to copy. An address says what follows the one of this server, so that the script can put in what the browser
 * used: behind a proxy nobody else knows it.
 */
function copyable(id: string, text: string, path: string | null): Html {
  const code =
    path === null
      ? html`<pre id="${id}"><code>${text}</code></pre>`
      : html`<code id="${id}" class="big" data-path="${path}">${text}</code>`;
  return html`<div class="copy">${code}<button class="small" type="button" data-copy="${id}" hidden>Copy</button></div>`;
}

function connectionAuth(): Html {
  return html`<p class="note">Choose <em>Basic authentication</em> and give the user and password of this server
(<code>BASIC_AUTH_USER</code>, <code>BASIC_AUTH_PASS</code>).</p>`;
}

function webhookAuth(): Html {
  return html`<p class="note">A webhook carries no user and password by itself. In its settings add one of these headers:
<code>Authorization</code> with <code>Basic</code>, a space and base64 of <code>user:password</code>; or
<code>X-Webhook-Secret</code> with the value that <code>WEBHOOK_SECRET</code> has here.</p>`;
}

function addresses({ urls }: ConnectPage): Html {
  const others = urls
    .slice(1)
    .map(({ url, when }) => html`<li><code>${url}</code> <span class="quiet">right ${when}</span></li>`);
  return html`<p class="quiet">Right ${urls[0]?.when ?? ''}.</p>
${others.length > 0 && html`<details><summary>Other addresses to try</summary><ul>${others}</ul><p class="quiet">Inside a container <code>localhost</code> is the container itself.</p></details>`}`;
}

function seen({ seen: { asked, webhook, emptyWebhook, refused } }: ConnectPage): Html {
  return html`<section class="card" aria-labelledby="seen-title"><h2 id="seen-title">What has arrived</h2><ul class="checks">
${line(asked !== null, 'Label Studio has asked this server', 'Label Studio has not asked this server yet', asked)}
${line(webhook !== null, 'A webhook has arrived', emptyWebhook ? 'A webhook has arrived, but without its payload: switch “Send payload” on' : 'No webhook has arrived yet; without it nothing is learnt', webhook)}
${refused && html`<li class="bad"><span class="mark" aria-hidden="true">✕</span><span><strong>Requests were refused</strong> because they came without the right user and password. See <a href="events">the events</a>.</span></li>`}
</ul><p class="quiet">Since this server started. The list renews itself.</p></section>`;
}

function line(isGood: boolean, good: string, bad: string, at: string | null): Html {
  const when = at === null ? null : html` <span class="quiet">${at.slice(11, 19)} UTC</span>`;
  return isGood
    ? html`<li class="good"><span class="mark" aria-hidden="true">✓</span><span>${good}${when}</span></li>`
    : html`<li class="open"><span class="mark" aria-hidden="true">○</span><span>${bad}</span></li>`;
}

function check({ checks }: ConnectPage): Html {
  const results = checks?.map(
    ({ isGood, said, fix }) =>
      html`<li class="${isGood ? 'good' : 'bad'}"><span class="mark" aria-hidden="true">${isGood ? '✓' : '✕'}</span><span>${said}${fix !== null && html`<br><strong>To do:</strong> ${fix}`}</span></li>`,
  );
  return html`<section class="card" aria-labelledby="check-title" id="check"><h2 id="check-title">Check the other direction</h2>
<p>With <code>LABEL_STUDIO_URL</code> and <code>LABEL_STUDIO_API_KEY</code> this server also reads what was labelled before it was connected.</p>
${results && html`<ul class="checks" role="status">${results}</ul>`}
<form method="get" action="connect#check"><input type="hidden" name="check" value="1"><button>Check now</button></form></section>`;
}

function troubles(): Html {
  return html`<section class="card" aria-labelledby="troubles-title"><h2 id="troubles-title">When Label Studio says …</h2><dl class="troubles">
<div><dt>Connection refused, or “Can’t connect to ML backend”</dt><dd>Label Studio runs in a container and was given <code>localhost</code>, which is that container. Take an address from step 2: the service’s name in one compose file, <code>host.docker.internal</code> with Docker Desktop, else the address of this machine. And this server must not listen on <code>127.0.0.1</code> alone (<code>HOST</code>).</dd></div>
<div><dt>401, or “Unauthorized”</dt><dd>This server has a user and a password. Give both in <em>Connect Model</em>, and as a header in the webhook.</dd></div>
<div><dt>Connected, but no predictions</dt><dd>Look at <a href="events">the events</a>: each call says what was done and, if nothing, why. In the project’s settings, under <em>Annotation</em>, predictions must be switched on, and the chosen model version must be this one.</dd></div>
<div><dt>Predictions, but nothing is learnt</dt><dd>The webhook is missing, or <em>Send payload</em> is off.</dd></div>
<div><dt>401 in the check above</dt><dd>Label Studio has two kinds of keys, both under <em>Account &amp; Settings</em>: personal access tokens and legacy tokens. Either will do, but an organisation may switch one kind off.</dd></div>
</dl></section>`;
}
