// The page in place of another that cannot be shown, with the sentence that says why.
import { html } from './pages-html.ts';
import { heading, page } from './pages-layout.ts';

export function problemPage(root: string, sentence: string): string {
  const content = html`${heading('That did not work')}<p class="note warn">${sentence}</p><p><a href="${root}">To the projects</a></p>`;
  return page({ title: 'That did not work', root, section: 'projects', live: null }, content);
}
