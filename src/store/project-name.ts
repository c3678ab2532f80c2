// A project's id is somebody else's string and never becomes a path: files are named by a readable prefix for people
// and a digest that tells ids apart (also twins that differ in case). The id itself is kept inside the files.
import { createHash } from 'node:crypto';

const namePattern = /^[a-z0-9][a-z0-9-]*-[0-9a-f]{16}$/;
const longestPrefix = 24;

/** `7` → `7-7902699be42c8a8e`; the empty project is `project-…`. */
export function projectNameOf(project: string): string {
  const readable = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestPrefix)
    .replace(/^-+|-+$/g, '');
  const digest = createHash('sha256').update(project).digest('hex').slice(0, 16);
  return `${readable === '' ? 'project' : readable}-${digest}`;
}

/** Whether a name could be one of ours. */
export function isProjectName(name: string): boolean {
  return namePattern.test(name);
}
