// How good a model is, on the page: the numbers with what they rest on, each class, what is taken for what, how much
// more labels would help, how far its probabilities can be trusted. What was not measured is said to be so.
import type { AgreementView, ControlView, Quality, TriedOptions } from './dashboard-report.ts';
import { bar, calibration, interval, learningCurve, words } from './pages-charts.ts';
import { type Content, counted, grouped, type Html, html, name, percent } from './pages-html.ts';

/** Beyond these a table would no longer be read, and the page no longer be small. */
const mostConfusionClasses = 14;
const mostClassRows = 40;
const mostTermClasses = 12;
const mostTermTexts = 40;
const mostPairs = 15;
const mostAnnotators = 30;

export function control(view: ControlView, index: number, isOnly: boolean): Html {
  const id = `c${index}`;
  const title = isOnly ? null : html`<h2 class="control">Control ${name(view.name)}</h2>`;
  if (view.reason !== null) return html`<section>${title}<p class="note">${view.reason}</p></section>`;
  const { quality } = view;
  return html`${title}${view.fit !== null && html`<p class="quiet">${fitSentence(view.fit)}</p>`}
${quality === null ? notMeasured() : measured(id, quality)}
${view.topTerms.length > 0 && topTerms(id, view.topTerms)}
${view.agreement !== null && agreement(id, view.agreement)}
${view.selection.length > 0 && selection(id, view.selection)}`;
}

function fitSentence(fit: NonNullable<ControlView['fit']>): string {
  const size = `${counted(fit.docs, 'text')}, ${counted(fit.classes, 'class', 'classes')}, ${counted(fit.features, 'feature')}`;
  const how = fit.converged ? '' : ' The fit did not reach its tolerance.';
  return `Trained on ${size}, by ${fit.solver} in ${counted(fit.iterations, 'iteration')}.${how}`;
}

export function notMeasured(): Html {
  return html`<section class="card"><h2>How good is it?</h2>
<p><strong>Not measured yet.</strong> A training judges itself on labelled texts that it did not learn from, as soon as there
are enough of them: label a few texts of each class.</p></section>`;
}

function measured(id: string, quality: Quality): Html {
  return html`<section class="card" aria-labelledby="${id}-how"><h2 id="${id}-how">How good is it?</h2>
${tiles(quality)}
${quality.notes.map((note) => html`<p class="note">${note}</p>`)}
</section>
<section class="card" aria-labelledby="${id}-classes"><h2 id="${id}-classes">Classes</h2>${classTable(quality)}</section>
${quality.confusion !== null && html`<section class="card" aria-labelledby="${id}-confusion"><h2 id="${id}-confusion">What is taken for what</h2>${confusion(quality)}</section>`}
<div class="pair">
${quality.learningCurve.length > 1 && html`<section class="card" aria-labelledby="${id}-curve"><h2 id="${id}-curve">What more labels bring</h2>${learningCurve(`${id}-lc`, quality.learningCurve)}${quality.nextHint !== null && html`<p class="quiet">${quality.nextHint}</p>`}</section>`}
${quality.calibration.length > 0 && html`<section class="card" aria-labelledby="${id}-calibration"><h2 id="${id}-calibration">Can its probabilities be trusted?</h2>${calibration(`${id}-cal`, quality.calibration)}<p class="quiet">On the diagonal a text that it is sure of to 80 % is right in 8 of 10 cases.</p></section>`}
</div>`;
}

export function tile(label: string, value: Content, below: Content = null): Html {
  return html`<div class="tile"><dt>${label}</dt><dd><span class="value">${value}</span>${below}</dd></div>`;
}

export function tiles({ accuracy, macroF1, ece, logLoss, docs, method }: Quality): Html {
  const between = html`${interval(accuracy.value, accuracy.low, accuracy.high)}<span class="quiet">between ${percent(accuracy.low)} and ${percent(accuracy.high)}, with 95 % certainty</span>`;
  return html`<dl class="tiles">
${tile('Accuracy', percent(accuracy.value), between)}
${macroF1 !== null && tile('Macro-F1', percent(macroF1), html`<span class="quiet">mean over the classes</span>`)}
${ece !== null && tile('Calibration error', percent(ece), html`<span class="quiet">how far sure and right lie apart</span>`)}
${logLoss !== null && tile('Log loss', logLoss.toFixed(3), html`<span class="quiet">0 would be perfect</span>`)}
${tile('Judged on', grouped(docs), html`<span class="quiet">${method}</span>`)}
</dl>`;
}

function classTable({ perClass }: Quality): Html {
  // The worst first: they are what one looks for.
  const rows = perClass.toSorted((a, b) => a.f1 - b.f1).slice(0, mostClassRows);
  const left = perClass.length - rows.length;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Classes"><table>
<thead><tr><th scope="col">Class</th><th scope="col" class="number">Texts</th><th scope="col" class="wide">F1</th><th scope="col" class="number">Precision</th><th scope="col" class="number">Recall</th></tr></thead>
<tbody>${rows.map(
    (row) => html`<tr><th scope="row">${name(row.label, 50)}</th><td class="number">${grouped(row.support)}</td>
<td class="wide">${bar(row.f1)}<span class="number">${percent(row.f1, 0)}</span></td><td class="number">${percent(row.precision, 0)}</td><td class="number">${percent(row.recall, 0)}</td></tr>`,
  )}</tbody></table></div>${left > 0 && html`<p class="quiet">${counted(left, 'better class', 'better classes')} left out.</p>`}`;
}

function confusion(quality: Quality): Html {
  const counts = quality.confusion ?? [];
  const labels = quality.perClass.map(({ label }) => label);
  return labels.length <= mostConfusionClasses ? matrix(labels, counts) : confusedPairs(labels, counts);
}

/** Shaded by the share of the row, so that a rare class shows as plainly as a frequent one. */
function matrix(labels: readonly string[], counts: readonly (readonly number[])[]): Html {
  const head = labels.map((label) => html`<th scope="col">${name(label, 14)}</th>`);
  const body = counts.map((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, j) => {
      const level = total === 0 ? 0 : Math.ceil((count / total) * 5);
      return html`<td class="cell ${i === j ? 'hit' : 'miss'}${level}">${count === 0 ? html`<span class="zero">0</span>` : grouped(count)}</td>`;
    });
    return html`<tr><th scope="row">${name(labels[i] ?? '', 24)}</th>${cells}</tr>`;
  });
  return html`<p class="quiet">A row is what people said, a column what the model said.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix"><caption class="hidden">Rows: what people said. Columns: what the model said.</caption>
<thead><tr><td></td>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function confusedPairs(labels: readonly string[], counts: readonly (readonly number[])[]): Html {
  const pairs = counts.flatMap((row, i) =>
    row.map((count, j) => ({ count: i === j ? 0 : count, truth: labels[i] ?? '', said: labels[j] ?? '' })),
  );
  const worst = pairs.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (worst.length === 0) return html`<p>Nothing: every text was right.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Most frequent confusions"><table>
<thead><tr><th scope="col">People said</th><th scope="col">The model said</th><th scope="col" class="number">Texts</th></tr></thead>
<tbody>${worst
    .slice(0, mostPairs)
    .map(
      ({ truth, said, count }) =>
        html`<tr><td>${name(truth, 40)}</td><td>${name(said, 40)}</td><td class="number">${grouped(count)}</td></tr>`,
    )}</tbody></table></div>`;
}

function topTerms(id: string, topics: ControlView['topTerms']): Html {
  const drawn = topics.slice(0, mostTermClasses);
  const told = topics.slice(mostTermClasses, mostTermTexts);
  return html`<section class="card" aria-labelledby="${id}-terms"><h2 id="${id}-terms">Words that speak for a class</h2>
<div class="topics">${drawn.map(({ label, terms }) => html`<section><h3>${name(label, 40)}</h3>${words(terms.slice(0, 8))}</section>`)}</div>
${
  told.length > 0 &&
  html`<details><summary>${counted(told.length, 'more class', 'more classes')}</summary><dl class="told">${told.map(
    ({ label, terms }) =>
      html`<div><dt>${name(label, 40)}</dt><dd>${terms.slice(0, 8).map(({ term }) => html`<bdi class="term">${term}</bdi> `)}</dd></div>`,
  )}</dl></details>`
}</section>`;
}

/** Whether people agree bounds how good a model can look. */
function agreement(id: string, { items, alpha, annotators }: AgreementView): Html {
  const rows = annotators
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, mostAnnotators)
    .map(
      ({ annotator, shared, agreement: share }) =>
        html`<tr><th scope="row">${name(annotator, 40)}</th><td class="number">${grouped(shared)}</td><td class="number">${percent(share, 0)}</td></tr>`,
    );
  const beyond = alpha === null ? null : html`<span class="quiet">1: always; 0: as often as by chance</span>`;
  return html`<section class="card" aria-labelledby="${id}-agreement"><h2 id="${id}-agreement">Do annotators agree?</h2>
<dl class="tiles">${tile('Texts that several labelled', grouped(items))}${alpha !== null && tile('Agreement beyond chance', alpha.toFixed(2), beyond)}</dl>
<div class="scroll" tabindex="0" role="region" aria-label="Agreement by annotator"><table class="narrow">
<thead><tr><th scope="col">Annotator</th><th scope="col" class="number">Texts shared</th><th scope="col" class="number">Same label</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** Why the model is made as it is: every set of options that was tried. */
function selection(id: string, tried: readonly TriedOptions[]): Html {
  const chosen = tried.find(({ verdict }) => verdict === 'chosen');
  const rows = tried.map(
    ({ name: set, C, docs, accuracy, logLoss, verdict }) =>
      html`<tr><th scope="row">${set}</th><td class="number">${C}</td><td class="number">${grouped(docs)}</td><td class="number">${percent(accuracy)}</td><td class="number">${logLoss.toFixed(3)}</td><td>${verdict}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="${id}-selection"><h2 id="${id}-selection">What it is made of</h2>
<p>${chosen ? html`<strong>${chosen.name}</strong>, C ${chosen.C}` : 'Chosen by cross-validation.'} <span class="quiet">The simplest of those that are as good as the best.</span></p>
<details><summary>${counted(tried.length, 'set')} of options tried</summary><div class="scroll" tabindex="0" role="region" aria-label="Options tried"><table>
<thead><tr><th scope="col">Features</th><th scope="col" class="number">C</th><th scope="col" class="number">Texts</th><th scope="col" class="number">Accuracy</th><th scope="col" class="number">Log loss</th><th scope="col">Verdict</th></tr></thead><tbody>${rows}</tbody></table></div></details></section>`;
}
