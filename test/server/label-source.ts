// Label Studio as the projects ask it: a source made of the parts that a test wants, the rest of which refuses.
import type { Task } from '../../src/labelstudio/types.ts';
import type { LabelSource } from '../../src/projects/label-source.ts';
import { newsConfig } from './try-app.ts';

const notAsked = () => Promise.reject(new Error('not asked'));

/** Pages of the tasks that `tasks` gives, one hundred to a page; a failure in it is met by whoever reads. */
export function sourceOf(tasks: () => readonly object[], more: Partial<LabelSource> = {}): LabelSource {
  return {
    project: async () => ({ title: 'News', labelConfig: newsConfig, createdAt: null }),
    async *taskPages(_, { from, size }) {
      for (let page = from; ; page++) {
        const all = tasks() as Task[];
        const part = all.slice((page - 1) * size, page * size);
        if (part.length > 0) yield { page, tasks: part, total: all.length, totalAnnotations: null };
        if (page * size >= all.length) return;
      }
    },
    async *exportTasks() {
      yield* tasks() as Task[];
    },
    task: notAsked,
    fetchUri: notAsked,
    ...more,
  };
}
