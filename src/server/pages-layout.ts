// The frame of every page of the dashboard: head, navigation, main part. Links are relative, so that the pages also
// work under a path prefix that a proxy takes away.
import { assetVersion } from './dashboard-assets.ts';
import { type Content, type Html, html } from './pages-html.ts';

export interface PageFrame {
  title: string;
  /** `./` for a page at the top, `../` for one level down, and so on. */
  root: string;
  section: 'projects' | 'events' | 'connect' | 'api';
  /** Address of the events after which the page shows itself anew; null for a page that stands still. */
  live: string | null;
}

const sections = [
  { id: 'projects', path: '', text: 'Projects' },
  { id: 'events', path: 'events', text: 'Events' },
  { id: 'connect', path: 'connect', text: 'Connect' },
  { id: 'api', path: 'openapi', text: 'API' },
] as const;

export function page(frame: PageFrame, content: Content): string {
  const { title, root, section, live } = frame;
  const links = sections.map(({ id, path, text }) => {
    const href = `${root}${path}`;
    return id === section
      ? html`<a href="${href}" aria-current="true">${text}</a>`
      : html`<a href="${href}">${text}</a>`;
  });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Sparrow</title>
<link rel="icon" href="${root}assets/icon.svg?${assetVersion}" type="image/svg+xml">
<link rel="stylesheet" href="${root}assets/pages-style.css?${assetVersion}">
<script type="module" src="${root}assets/pages-client.js?${assetVersion}"></script>
</head>
<body data-root="${root}"${live === null ? '' : html` data-live="${live}"`}>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="${root}">${bird()}<span>Sparrow</span></a>
<nav class="menu" aria-label="Main">${links}</nav>
</header>
<main id="main" tabindex="-1">
${content}
</main>
<p id="lost" class="note warn" role="status" hidden>The server does not answer; this page may be out of date.</p>
</body>
</html>
`.toString();
}

/** A part that the script exchanges when it has changed. Each has an id, and no text field of its own. */
export function part(id: string, content: Content): Html {
  return html`<div data-part id="${id}">${content}</div>`;
}

export interface Trail {
  href: string;
  text: Content;
}

/** Heading of a page with the way back and what belongs beside the title. */
export function heading(title: Content, trail: readonly Trail[] = [], beside: Content = null): Html {
  const steps = trail.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`);
  return html`<div class="head">
${trail.length > 0 && html`<nav class="trail" aria-label="Way back"><ol>${steps}</ol></nav>`}
<h1>${title}</h1>
${beside}
</div>`;
}

function bird(): Html {
  return html`<svg class="bird" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
<path d="M4 17c3-8 10-11 16-9 2-2 5-2 7 0l3 2-4 2c1 8-5 14-13 14-3 0-6-1-8-3l5-1c-3-1-5-3-6-5z" fill="currentColor"/>
<circle cx="22.5" cy="11" r="1.5" class="eye"/></svg>`;
}
