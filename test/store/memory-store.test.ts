// The store in memory keeps the common rules.

import { MemoryStore } from '../../src/store/memory-store.ts';
import { modelStoreSuite } from '../conformance/model-store.ts';
import { Clock } from './places.ts';

modelStoreSuite('memory store', async () => {
  const clock = new Clock();
  return {
    store: new MemoryStore({ now: clock.now }),
    setTime: (ms) => {
      clock.time = ms;
    },
  };
});
