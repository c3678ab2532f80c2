// What happened, in sentences: each call of Label Studio with what was done about it and, if nothing, why.
import type { EventEntry } from './event-log.ts';
import { ago, counted, type Html, html, name, shortVersion } from './pages-html.ts';
import { heading, page, part } from './pages-layout.ts';
import { projectPath } from './pages-projects.ts';

export interface EventsPage {
  events: readonly EventEntry[];
  now: number;
}

const kinds: { readonly [kind in EventEntry['kind']]: string } = {
  setup: 'Label Studio connected',
  predict: 'Predictions',
  webhook: 'Webhook',
  train: 'Train request',
  change: 'Change',
  refused: 'Refused',
  training: 'Training',
  model: 'Model',
  sync: 'Labels read',
};

export function eventsPage({ events, now }: EventsPage): string {
  const content = html`${heading('Events')}
<p class="lead">What Label Studio asked for and what was done about it. Kept in memory since the server started, newest first.</p>
${part('events', eventTable(events, { now, root: './', withProject: true }))}`;
  return page({ title: 'Events', root: './', section: 'events', live: 'api/events' }, content);
}

export function eventTable(
  events: readonly EventEntry[],
  { now, root, withProject }: { now: number; root: string; withProject: boolean },
): Html {
  if (events.length === 0) return html`<p class="empty">Nothing has happened since the server started.</p>`;
  const rows = events.map((event) => {
    const project =
      event.project === '' ? null : html`<a href="${root}${projectPath(event.project)}">${name(event.project, 20)}</a>`;
    return html`<tr class="${isTrouble(event) ? 'trouble' : ''}"><td class="when">${ago(event.at, now)}</td>
${withProject && html`<td>${project}</td>`}<td><strong>${kinds[event.kind]}</strong>${event.action !== undefined && html` <code>${event.action.slice(0, 60)}</code>`}</td>
<td>${sentence(event)}</td></tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Events"><table class="events">
<thead><tr><th scope="col">When</th>${withProject && html`<th scope="col">Project</th>`}<th scope="col">What came</th><th scope="col">What was done</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function sentence({ did, why, times, tasks, modelVersion, status }: EventEntry): Html {
  const size = tasks === undefined ? null : ` ${counted(tasks, 'text')}`;
  const version =
    modelVersion === undefined || did.includes(modelVersion)
      ? null
      : html` by <code>${shortVersion(modelVersion)}</code>`;
  const refused = status !== undefined && status >= 400 ? html` <span class="badge warn">${status}</span>` : null;
  return html`${shortened(did)}${size}${version}${times > 1 && html` <span class="chip">${times} ×</span>`}${refused}${why !== undefined && html`<br><span class="quiet">${why}</span>`}`;
}

/** Version names are long; in a sentence their number is enough. */
function shortened(did: string): string {
  return did.replace(/v\d{6,15}-\d{8}T\d{6}-[0-9a-f]{6}/g, (version) => shortVersion(version));
}

function isTrouble({ kind, status, did }: EventEntry): boolean {
  return kind === 'refused' || (status !== undefined && status >= 400) || did.includes('failed');
}
