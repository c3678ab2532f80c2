// The first page: every project with the version that serves, how good it is, and whether it is learning.
import type { ProjectSummary } from '../projects/summary.ts';
import type { Share } from './dashboard-report.ts';
import { interval } from './pages-charts.ts';
import { ago, counted, grouped, type Html, html, name, percent, shortVersion } from './pages-html.ts';
import { heading, page, part } from './pages-layout.ts';

export interface ProjectLine {
  summary: ProjectSummary;
  /** Accuracy of the first control; null when it was not measured. */
  accuracy: Share | null;
}

export interface ProjectsPage {
  projects: readonly ProjectLine[];
  /** How many projects there are in all, and which of how many pages this is. */
  total: number;
  page: number;
  pages: number;
  /** Sentences about what does not work, such as a full disk. */
  problems: readonly string[];
  now: number;
}

export function projectsPage(view: ProjectsPage): string {
  const { projects, total, problems, now } = view;
  const lines = projects.map((line) => projectCard(line, now));
  const content = html`${heading('Projects')}
${part(
  'projects',
  html`${problems.map((problem) => html`<p class="note warn" role="status">${problem}</p>`)}
<p class="quiet">${counted(total, 'project')}</p><ul class="projects">${lines}</ul>${paging(view)}`,
)}`;
  return page({ title: 'Projects', root: './', section: 'projects', live: 'api/events' }, content);
}

function paging({ page: current, pages }: ProjectsPage): Html | false {
  if (pages <= 1) return false;
  const links = Array.from({ length: pages }, (_, i) => i + 1).map((n) =>
    n === current ? html`<a href="./?page=${n}" aria-current="page">${n}</a>` : html`<a href="./?page=${n}">${n}</a>`,
  );
  return html`<nav class="menu pages" aria-label="Pages">${links}</nav>`;
}

export function projectTitle({ id, title }: Pick<ProjectSummary, 'id' | 'title'>): Html {
  return title === null || title === '' ? html`Project ${name(id, 40)}` : name(title);
}

export function projectPath(id: string): string {
  return `projects/${encodeURIComponent(id)}`;
}

function projectCard({ summary, accuracy }: ProjectLine, now: number): Html {
  const { id, modelVersion, annotations, documents, labels, trainedAt } = summary;
  const how =
    accuracy === null
      ? html`<span class="quiet">not measured yet</span>`
      : html`<strong>${percent(accuracy.value)}</strong> ${interval(accuracy.value, accuracy.low, accuracy.high)}`;
  return html`<li class="card"><h2><a href="./${projectPath(id)}">${projectTitle(summary)}</a></h2>
<p class="state">${stateOf(summary)}</p>
<dl class="facts">
<div><dt>Accuracy</dt><dd>${how}</dd></div>
<div><dt>Version</dt><dd><code title="${modelVersion}">${shortVersion(modelVersion)}</code> ${trainedAt !== null && html`<span class="quiet">${ago(trainedAt, now)}</span>`}</dd></div>
<div><dt>Learnt from</dt><dd>${counted(annotations, 'annotation')} <span class="quiet">on ${counted(documents, 'text')}</span></dd></div>
<div><dt>Labels</dt><dd>${labels.length === 0 ? html`<span class="quiet">none found</span>` : labelList(labels)}</dd></div>
</dl></li>`;
}

function labelList(labels: readonly string[]): Html {
  const shown = labels.slice(0, 6).map((label) => html`<span class="chip">${name(label, 24)}</span> `);
  const left = labels.length - 6;
  return html`${shown}${left > 0 && html`<span class="quiet">and ${grouped(left)} more</span>`}`;
}

/** One word with a mark, said in colour and in words. */
export function stateOf({ training, lastJob, trainedAt, notes }: ProjectSummary): Html {
  if (training) return html`<span class="badge busy">training</span>`;
  if (lastJob?.state === 'failed')
    return html`<span class="badge warn">last training failed</span> <span class="quiet">${lastJob.error ?? ''}</span>`;
  if (trainedAt !== null) return html`<span class="badge good">serving</span>`;
  const why = notes[0] ?? 'Predictions come from the names of the labels until two classes are labelled.';
  return html`<span class="badge">untrained</span> <span class="quiet">${why}</span>`;
}
