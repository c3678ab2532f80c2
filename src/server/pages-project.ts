// One project: how good its model is, what it is doing, a box to try it, labels that look wrong, texts worth labelling.
import type { ProjectSummary } from '../projects/summary.ts';
import type { NextText } from './dashboard-recent.ts';
import type { ControlView } from './dashboard-report.ts';
import type { EventEntry } from './event-log.ts';
import { eventTable } from './pages-events.ts';
import { ago, type Content, counted, type Html, html, name, percent, shortVersion } from './pages-html.ts';
import { heading, page, part } from './pages-layout.ts';
import { projectPath, projectTitle, stateOf } from './pages-projects.ts';
import { control, notMeasured, tile } from './pages-quality.ts';

export interface ProjectPage {
  summary: ProjectSummary;
  controls: readonly ControlView[];
  next: readonly NextText[];
  events: readonly EventEntry[];
  /** Address of Label Studio for links to tasks, or null where it is not known. */
  labelStudio: string | null;
  now: number;
}

const mostSuspicious = 30;

export function projectPage(view: ProjectPage): string {
  const { summary, controls, now } = view;
  const { id } = summary;
  const content = html`${projectHead(summary, 'overview')}
${part('state', state(summary, now))}
${tryBox(id)}
${part('quality', controls.length === 0 ? notMeasured() : controls.map((one, i) => control(one, i, controls.length === 1)))}
${part('suspicious', suspicious(view))}
<div class="pair">${part('next', next(view))}${part('acceptance', acceptance(summary))}</div>
${part('recent', recent(view))}`;
  const live = `../api/events?project=${encodeURIComponent(id)}`;
  return page({ title: titleText(summary), root: '../', section: 'projects', live }, content);
}

export function titleText({ id, title }: ProjectSummary): string {
  return title === null || title === '' ? `Project ${id.slice(0, 60)}` : title.slice(0, 120);
}

/** Title and the tabs of a project; `root` leads from the page to the top. */
export function projectHead(summary: ProjectSummary, tab: 'overview' | 'versions', root = '../'): Html {
  const path = `${root}${projectPath(summary.id)}`;
  const tabs = [
    { id: 'overview', href: path, text: 'Overview' },
    { id: 'versions', href: `${path}/history`, text: 'Versions' },
  ].map((one) => html`<a href="${one.href}"${one.id === tab && html` aria-current="page"`}>${one.text}</a>`);
  const trail = [{ href: root, text: 'Projects' }];
  return html`${heading(projectTitle(summary), trail)}<nav class="menu tabs" aria-label="Project">${tabs}</nav>`;
}

function state(summary: ProjectSummary, now: number): Html {
  const { modelVersion, trainedAt, annotations, documents, notes, webhookAt, syncedAt } = summary;
  const since = trainedAt === null ? null : html`, trained ${ago(trainedAt, now)}`;
  return html`<p class="state">${stateOf(summary)} <span>Version <code title="${modelVersion}">${shortVersion(modelVersion)}</code>${since}.
${counted(annotations, 'annotation')} on ${counted(documents, 'text')} to learn from.</span></p>
<p class="quiet">${webhookAt === null ? 'No webhook has come since the server started.' : html`The last webhook came ${ago(webhookAt, now)}.`}${syncedAt !== null && html` All labels were read from Label Studio ${ago(syncedAt, now)}.`}</p>
${training(summary)}
${trainedAt !== null && notes.map((note) => html`<p class="note">${note}</p>`)}`;
}

const phases: ReadonlyMap<string, string> = new Map([
  ['vectorize', 'reading the texts'],
  ['fit', 'fitting'],
  ['save', 'saving'],
]);

function training({ job }: ProjectSummary): Html | false {
  if (job === null) return false;
  const { progress } = job;
  const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
  const phase = progress === null ? 'waiting for its turn' : (phases.get(progress.phase) ?? progress.phase);
  return html`<div class="progress" data-job="${job.id}"><label for="job">Training: <span data-phase>${phase}</span></label>
<progress id="job" max="1"${share !== null && html` value="${share.toFixed(3)}"`}></progress><span class="quiet" data-left></span></div>`;
}

function tryBox(id: string): Html {
  return html`<section class="card try" aria-labelledby="try-title"><h2 id="try-title"><label for="try">Try a text</label></h2>
<textarea id="try" rows="3" maxlength="20000" placeholder="Type or paste a text" data-explain="${projectPath(id)}/explain"></textarea>
<div id="answer" aria-live="polite"><p class="quiet">What the model says appears here as you type, with the words that carried it.</p></div>
<noscript><p class="note">This box needs JavaScript.</p></noscript></section>`;
}

function acceptance({ acceptance: view }: ProjectSummary): Html {
  if (view.judged === 0) {
    return html`<section class="card"><h2>Accepted by annotators</h2><p><strong>Not measured yet.</strong> Counted from annotations
that began with a prediction: in Label Studio, show predictions to annotators.</p></section>`;
  }
  const rows = view.byVersion
    .slice(0, 10)
    .map(
      ({ version, judged, accepted }) =>
        html`<tr><th scope="row"><code title="${version}">${shortVersion(version)}</code></th><td class="number">${judged}</td><td class="number">${percent(accepted / judged, 0)}</td></tr>`,
    );
  const byLabel = view.byLabel
    .slice(0, 40)
    .map(
      ({ label, judged, accepted }) =>
        html`<tr><th scope="row">${name(label, 40)}</th><td class="number">${judged}</td><td class="number">${percent(accepted / judged, 0)}</td></tr>`,
    );
  return html`<section class="card" aria-labelledby="accepted"><h2 id="accepted">Accepted by annotators</h2>
<dl class="tiles">${tile('Accepted as it was', percent(view.accepted / view.judged), html`<span class="quiet">${counted(view.judged, 'annotation')} that began with a prediction</span>`)}</dl>
<table class="narrow"><thead><tr><th scope="col">Version</th><th scope="col" class="number">Annotations</th><th scope="col" class="number">Accepted</th></tr></thead><tbody>${rows}</tbody></table>
${view.byLabel.length > 1 && html`<details><summary>By label</summary><table class="narrow"><thead><tr><th scope="col">Predicted</th><th scope="col" class="number">Annotations</th><th scope="col" class="number">Accepted</th></tr></thead><tbody>${byLabel}</tbody></table></details>`}</section>`;
}

/** The task in Label Studio, where it is known where that is. */
function taskLink(task: string, { summary, labelStudio }: ProjectPage): Content {
  const number = /^\d+/.exec(summary.id)?.[0];
  if (labelStudio === null || number === undefined || !/^\d+$/.test(task)) return html`task ${name(task, 30)}`;
  return html`<a href="${labelStudio}/projects/${number}/data?task=${task}" rel="noreferrer">task ${task}</a>`;
}

function suspicious(view: ProjectPage): Html | false {
  const found = view.controls.flatMap((one) => one.suspicious.map((label) => ({ ...label, control: one.name })));
  if (found.length === 0) return false;
  const rows = found.slice(0, mostSuspicious).map(
    (suspect) => html`<tr><td>${suspect.task === null ? '–' : taskLink(suspect.task, view)}</td>
${judgement(suspect)}<td class="number">${suspect.probability === null ? '–' : percent(suspect.probability)}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="suspicious-title"><h2 id="suspicious-title">Labels that look wrong</h2>
<p class="quiet">Judged by models that did not see the text. Look at them in Label Studio: some are the model’s mistakes.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Labels that look wrong"><table>
<thead><tr><th scope="col">Where</th><th scope="col">Labelled</th><th scope="col">More likely</th><th scope="col" class="number">Chance that the label is right</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

/** What was said and what would be likelier; with several labels a text, which one is missing or too many. */
function judgement({ given, suggested, change }: ControlView['suspicious'][number]): Html {
  const chip = (label: string) => html`<span class="chip">${name(label, 40)}</span>`;
  if (change === 'replace') return html`<td>${chip(given)}</td><td>${chip(suggested)}</td>`;
  return html`<td>${change === 'add' ? 'without' : 'with'} ${chip(suggested)}</td><td>${change === 'add' ? 'with it' : 'without it'}</td>`;
}

function next(view: ProjectPage): Html {
  const title = html`<h2 id="next-title">Worth labelling next</h2>`;
  if (view.next.length === 0) {
    return html`<section class="card">${title}<p class="quiet">Shown once Label Studio has asked for predictions of texts without a label.
In its Data Manager, sort by <em>Prediction score</em>, lowest first: those texts teach the most.</p></section>`;
  }
  const items = view.next.map(
    ({ task, score, like }) =>
      html`<li>${taskLink(task, view)} <span class="quiet">sure to ${percent(score, 0)}${like !== undefined && html`, like task ${name(like, 30)}`}</span></li>`,
  );
  return html`<section class="card" aria-labelledby="next-title">${title}
<p class="quiet">Texts without a label of which the model is least sure; of those nearly the same, one.</p><ul class="columns">${items}</ul></section>`;
}

function recent({ events, now }: ProjectPage): Html {
  return html`<section class="card" aria-labelledby="recent-title"><h2 id="recent-title">What happened</h2>
${eventTable(events, { now, root: '../', withProject: false })}</section>`;
}
