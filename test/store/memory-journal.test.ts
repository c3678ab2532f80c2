// The journal in memory keeps the common rules.

import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { journalSuite } from '../conformance/journal.ts';

journalSuite('memory journal', async () => {
  const journal = new MemoryJournal();
  return { journal, reopen: async () => journal };
});
