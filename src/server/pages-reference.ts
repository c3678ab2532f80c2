// The API reference as a page: rendered here from the document, so that it needs no script and no other host.
import type { OpenApi } from './openapi.ts';
import { type Operation, operations } from './openapi.ts';
import { resolved, type Schema, type Schemas } from './openapi-schema.ts';
import { type ShapeName, shapes } from './openapi-shapes.ts';
import { type Content, type Html, html } from './pages-html.ts';
import { heading, page } from './pages-layout.ts';

const deepest = 4;

export function referencePage({ info, tags }: OpenApi): string {
  const groups = tags.map(({ name, description }) => {
    const own = operations.filter(({ tag }) => tag === name);
    return html`<section class="card"><h2>${name}</h2><p class="quiet">${description}</p>${own.map(operation)}</section>`;
  });
  const content = html`${heading('API')}
<p class="lead">${info.description}</p><p><a href="openapi.json">openapi.json</a> holds the same for programs.</p>
${groups}`;
  return page({ title: 'API', root: './', section: 'api', live: null }, content);
}

function operation({ method, path, summary, query = {}, request, answer, errors = {} }: Operation): Html {
  const fields = Object.entries(query).map(
    ([name, meaning]) => html`<dt><code>?${name}=</code></dt><dd>${meaning}</dd>`,
  );
  const failures = Object.entries(errors).map(([status, meaning]) => html`<dt>${status}</dt><dd>${meaning}</dd>`);
  return html`<details><summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> <span class="quiet">${summary}</span></summary>
${fields.length > 0 && html`<dl class="schema">${fields}</dl>`}
${request && html`<h3>Body</h3>${shape(request)}`}
<h3>Answer ${answer.status}</h3><p class="quiet">${answer.description}</p>${shape(answer.shape)}
${failures.length > 0 && html`<h3>Otherwise</h3><dl class="schema">${failures}</dl>`}</details>`;
}

function shape(name: ShapeName): Content {
  return fieldsOf(shapes[name], shapes, 0);
}

function fieldsOf(schema: Schema, schemas: Schemas, depth: number): Content {
  const { properties, required = [] } = resolved(schema, schemas);
  if (!properties || Object.keys(properties).length === 0 || depth >= deepest) return null;
  const fields = Object.entries(properties).map(([name, field]) => {
    const isNeeded = required.includes(name) ? '' : html` <span class="quiet">optional</span>`;
    const { description } = field.$ref === undefined ? field : resolved(field, schemas);
    return html`<dt><code>${name}</code> ${typeOf(field, schemas)}${isNeeded}</dt><dd>${description}${fieldsOf(innerOf(field, schemas), schemas, depth + 1)}</dd>`;
  });
  return html`<dl class="schema">${fields}</dl>`;
}

/** What a list holds, or what may stand beside null. */
function innerOf(schema: Schema, schemas: Schemas): Schema {
  const whole = resolved(schema, schemas);
  if (whole.items) return innerOf(whole.items, schemas);
  const choice = whole.anyOf?.find((one) => resolved(one, schemas).type !== 'null');
  return choice ? innerOf(choice, schemas) : whole;
}

function typeOf(schema: Schema, schemas: Schemas): string {
  const whole = resolved(schema, schemas);
  if (whole.enum) return whole.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (whole.anyOf) return whole.anyOf.map((one) => typeOf(one, schemas)).join(' | ');
  if (whole.items) return `list of ${typeOf(whole.items, schemas)}`;
  return whole.type === undefined ? 'anything' : [whole.type].flat().join(' | ');
}
