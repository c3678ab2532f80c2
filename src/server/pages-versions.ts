// The versions of a project: what each was trained on and how good it is, two of them side by side, and a button that
// lets one serve again. The button is a form, so it works without a script; its token shows that it is our own page.
import type { ProjectSummary } from '../projects/summary.ts';
import type { VersionRecord } from '../store/model-store.ts';
import type { ControlView, Quality } from './dashboard-report.ts';
import { bar } from './pages-charts.ts';
import {
  ago,
  type Content,
  counted,
  duration,
  grouped,
  type Html,
  html,
  name,
  percent,
  points,
  shortVersion,
} from './pages-html.ts';
import { page, part } from './pages-layout.ts';
import { projectHead, titleText } from './pages-project.ts';

export interface VersionLine {
  record: VersionRecord;
  controls: readonly ControlView[];
}

export interface VersionsPage {
  summary: ProjectSummary;
  versions: readonly VersionLine[];
  /** The two that are shown side by side: the earlier one first. */
  compared: readonly [VersionLine, VersionLine] | null;
  /** Version that was let serve a moment ago, and the one before it. */
  switched: { to: string; from: string | null } | null;
  token: string;
  now: number;
}

export function versionsPage(view: VersionsPage): string {
  const { summary, versions, compared } = view;
  // The side-by-side form keeps what was picked in it, so this page stands still.
  const content = html`${projectHead(summary, 'versions', '../../')}
${view.switched !== null && switchedNote(view)}
${compared !== null && part('compared', comparison(compared, view))}
${versions.length === 0 ? html`<p class="empty">Nothing is trained yet. The first version appears when two classes are labelled.</p>` : table(view)}`;
  return page({ title: `Versions of ${titleText(summary)}`, root: '../../', section: 'projects', live: null }, content);
}

function table(view: VersionsPage): Html {
  const { versions, summary, compared, now } = view;
  const picked = compared?.map(({ record }) => record.version) ?? [
    versions[1]?.record.version,
    versions[0]?.record.version,
  ];
  const rows = versions.map(({ record, controls }) => {
    const { version, createdAt, meta } = record;
    const isCurrent = version === summary.modelVersion;
    const quality = controls.find((one) => one.quality !== null)?.quality ?? null;
    const docs = controls.reduce((most, one) => Math.max(most, one.fit?.docs ?? 0), 0);
    return html`<tr${isCurrent && html` class="current"`}><th scope="row"><code title="${version}">${shortVersion(version)}</code>${isCurrent && html` <span class="badge good">serves</span>`}</th>
<td>${ago(createdAt, now)}</td><td class="number">${docs === 0 ? '–' : grouped(docs)}</td>
<td class="wide">${quality === null ? html`<span class="quiet">not measured</span>` : html`${bar(quality.accuracy.value)}<span class="number">${percent(quality.accuracy.value)}</span>`}</td>
<td class="quiet">${typeof meta.reason === 'string' && meta.reason}${typeof meta.seconds === 'number' && html` · ${duration(meta.seconds)}`}</td>
<td>${radio('a', version, picked[0], `Compare ${shortVersion(version)}, first`)}${radio('b', version, picked[1], `Compare ${shortVersion(version)}, second`)}</td>
<td>${!isCurrent && activateForm(version, view, html`Let ${shortVersion(version)} serve`)}</td></tr>`;
  });
  return html`<form id="compare" method="get" action="history"></form>
<div class="scroll" tabindex="0" role="region" aria-label="Versions"><table>
<thead><tr><th scope="col">Version</th><th scope="col">Trained</th><th scope="col" class="number">Texts</th><th scope="col" class="wide">Accuracy</th><th scope="col">Why</th><th scope="col">Compare</th><th scope="col"><span class="hidden">Serve</span></th></tr></thead>
<tbody>${rows}</tbody></table></div>
${versions.length > 1 && html`<p><button form="compare">Compare the two</button></p>`}`;
}

function radio(field: 'a' | 'b', version: string, picked: string | undefined, label: string): Html {
  return html`<label class="pick"><span class="hidden">${label}</span><input type="radio" form="compare" name="${field}" value="${version}"${version === picked && html` checked`}></label>`;
}

function activateForm(version: string, { token }: VersionsPage, text: Content): Html {
  return html`<form method="post" action="activate"><input type="hidden" name="version" value="${version}"><input type="hidden" name="token" value="${token}"><button class="small">${text}</button></form>`;
}

function switchedNote(view: VersionsPage): Html {
  const { to, from } = view.switched ?? { to: '', from: null };
  const isCurrent = view.summary.modelVersion === to;
  if (!isCurrent) return html``;
  const undo = from !== null && view.versions.some(({ record }) => record.version === from);
  return html`<div class="note good" role="status"><p><strong>${shortVersion(to)} serves now.</strong> The next prediction is its own.</p>
${undo && activateForm(from, view, html`Undo: back to ${shortVersion(from)}`)}</div>`;
}

function comparison([before, after]: readonly [VersionLine, VersionLine], view: VersionsPage): Html {
  const title = html`${shortVersion(before.record.version)} → ${shortVersion(after.record.version)}`;
  const pairs = after.controls.map((control) => ({
    name: control.name,
    before: before.controls.find((one) => one.name === control.name)?.quality ?? null,
    after: control.quality,
  }));
  const body = pairs.map((pair) =>
    pair.before === null || pair.after === null
      ? html`<p class="note">${name(pair.name)}: not measured in both versions, so there is nothing to compare.</p>`
      : sideBySide(pair.name, pair.before, pair.after, pairs.length === 1),
  );
  const isServing = after.record.version === view.summary.modelVersion;
  return html`<section class="card" aria-labelledby="compared-title"><h2 id="compared-title">${title}</h2>${body}
${isServing && activateForm(before.record.version, view, html`Roll back to ${shortVersion(before.record.version)}`)}</section>`;
}

function sideBySide(control: string, before: Quality, after: Quality, isOnly: boolean): Html {
  const changes = after.perClass.flatMap((row) => {
    const old = before.perClass.find(({ label }) => label === row.label);
    return old ? [{ label: row.label, old: old.f1, now: row.f1, change: row.f1 - old.f1 }] : [];
  });
  const worse = changes.filter(({ change }) => change < -0.005);
  const better = changes.filter(({ change }) => change > 0.005);
  const gain = after.accuracy.value - before.accuracy.value;
  const isInside = after.accuracy.value >= before.accuracy.low && after.accuracy.value <= before.accuracy.high;
  const rows = changes
    .sort((a, b) => a.change - b.change)
    .slice(0, 40)
    .map(
      ({ label, old, now, change }) =>
        html`<tr><th scope="row">${name(label, 40)}</th><td class="number">${percent(old, 0)}</td><td class="number">${percent(now, 0)}</td><td class="number ${change < -0.005 ? 'worse' : change > 0.005 ? 'better' : ''}">${points(change)}</td></tr>`,
    );
  return html`${!isOnly && html`<h3>${name(control)}</h3>`}<p><strong>Accuracy ${percent(before.accuracy.value)} → ${percent(after.accuracy.value)}</strong> (${points(gain)})${before.macroF1 !== null && after.macroF1 !== null && html`, macro-F1 ${percent(before.macroF1)} → ${percent(after.macroF1)}`}.
${counted(better.length, 'class is', 'classes are')} better, ${counted(worse.length, 'class is', 'classes are')} worse.${isInside && ' The difference lies inside the uncertainty of the measurement.'}</p>
<p class="quiet">Judged on ${grouped(before.docs)} and ${grouped(after.docs)} texts.</p>
<div class="scroll" tabindex="0" role="region" aria-label="F1 by class"><table><thead><tr><th scope="col">Class</th><th scope="col" class="number">F1 before</th><th scope="col" class="number">after</th><th scope="col" class="number">Change</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
