// Label Studio sends each task with its annotations. Where it does, and no webhook ever told of one, the webhook is missing
// or does not reach us, and nothing is learnt: that is said with the predictions, as nobody would look for it.
import type { Task } from '../labelstudio/types.ts';
import type { Journal } from '../store/journal.ts';
import type { Project } from './project.ts';

const sentence =
  'Tasks come with annotations, but no webhook about any has come: add one in the project’s settings, with this ' +
  'server’s address and /webhook as its URL, and with "Send payload" on.';

/** One sentence for whoever looks, or null. */
export async function missingWebhook(
  project: Project,
  tasks: readonly Task[],
  journal: Journal,
): Promise<string | null> {
  if (project.webhookAt !== null || project.syncedAt !== null) return null;
  if (!tasks.some(({ annotations }) => Array.isArray(annotations) && annotations.length > 0)) return null;
  return (await journal.counts(project.key)).annotations > 0 ? null : sentence;
}
