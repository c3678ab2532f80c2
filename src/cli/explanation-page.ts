// Explanations as one file for a browser: nothing in it runs or is loaded from anywhere, and each text keeps its own
// reading direction.
import type { Explanation } from '../evaluation/explain.ts';
import { escapeHtml, explanationHtml } from '../evaluation/explanation-output.ts';

const style = `:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
.explanation{border:1px solid #8884;border-radius:.5rem;padding:.25rem 1rem;margin:1rem 0}
.explanation p{margin:.5rem 0;overflow-wrap:anywhere}
mark{border-radius:.2rem;padding:0 .1em}
.for{background:rgba(37,99,235,.4)}.against{background:rgba(234,88,12,.4)}
footer{color:#777;font-size:.85rem}`;

export function explanationPage(
  explanations: readonly Explanation[],
  { model, version }: { model: string; version: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Why ${escapeHtml(model)} says so</title>
<style>${style}</style>
</head>
<body>
<h1>Why it says so</h1>
<p>Shaded words carried the answer: <mark class="for">for the label</mark>, <mark class="against">against it</mark>; the
stronger the shade, the more. A word’s part in the log-odds shows when it is pointed at.</p>
${explanations.map(explanationHtml).join('\n')}
<footer>Model ${escapeHtml(model)}, version ${escapeHtml(version)}</footer>
</body>
</html>
`;
}
