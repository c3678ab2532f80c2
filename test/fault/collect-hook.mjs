// Loaded into the built server with --expose-gc: SIGUSR2 collects what is not used any more.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('SIGUSR2', () => globalThis.gc());
