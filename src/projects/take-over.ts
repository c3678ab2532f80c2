// Annotations that an embedded server kept in files under MODEL_DIR, brought into Redis when the same directory is used in
// production. Each project's file is taken once and then bears another name, so that nothing old comes back later.
import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { annotationTime } from '../labelstudio/annotation-time.ts';
import { type Annotation, isObject } from '../labelstudio/types.ts';
import { FileJournal } from '../store/file-journal.ts';
import type { Journal, JournalRecord } from '../store/journal.ts';
import { draftOf } from '../store/journal.ts';
import { projectNameOf } from '../store/project-name.ts';
import { idOf } from './records.ts';

const tasksAtATime = 500;

/** True when there were annotations; what came since stays on top of them. */
export async function takeOverAnnotations(project: string, modelDir: string, journal: Journal): Promise<boolean> {
  const dir = join(modelDir, 'journal');
  const path = join(dir, `${projectNameOf(project)}.journal`);
  const isThere = await lstat(path).then(
    (stat) => stat.isFile(),
    () => false,
  );
  if (!isThere) return false;
  const kept = await FileJournal.open({ dir, readOnly: true });
  const draft = await draftOf(journal, project);
  try {
    let records: JournalRecord[] = [];
    let tasks = 0;
    for await (const { id, data, annotations } of kept.tasks(project)) {
      records.push({ t: 'task', id, data }, ...annotations.flatMap((body) => annotationOf(body, id)));
      if (++tasks % tasksAtATime !== 0) continue;
      await draft.add(records);
      records = [];
    }
    await draft.add(records);
    if (tasks === 0) return false;
    await draft.commit(project);
  } finally {
    await draft.abandon();
    await kept.close();
  }
  await rename(path, `${path}.taken-over-${Date.now()}`);
  return true;
}

function annotationOf(body: unknown, task: string): JournalRecord[] {
  const id = isObject(body) ? idOf(body.id) : null;
  if (id === null) return [];
  return [{ t: 'annotation', id, task, at: annotationTime(body as Annotation), body }];
}
