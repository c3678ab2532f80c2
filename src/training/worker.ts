// The training thread: kernels of its own, memory of its own, the journal and the models opened for reading only. It
// does one training at a time and says how it went.
import { parentPort, workerData } from 'node:worker_threads';
import type { BackendClass } from '../sdk/backend.ts';
import { loadBackendModule } from '../sdk/backend-module.ts';
import { modelFailure, saidWithPlace } from '../sdk/user-code.ts';
import { FileJournal } from '../store/file-journal.ts';
import { FileStore } from '../store/file-store.ts';
import type { ThreadData, ThreadMessage, TrainMessage } from './messages.ts';
import { runTraining, sourceOf, type TrainingRequest, type TrainingSource } from './runner.ts';

const progressEachMs = 100;
const patientMs = 5000;

/** What is opened once and serves every training of this thread. */
async function open(data: ThreadData): Promise<{ Backend: BackendClass; source: TrainingSource }> {
  const [{ Backend }, source] = await Promise.all([loadBackendModule(data.backendUrl), openSource(data)]);
  return { Backend, source };
}

async function openSource(data: ThreadData): Promise<TrainingSource> {
  if ('shared' in data) {
    const { openSharedStores } = await import('../store/shared-stores.ts');
    // Nobody waits for a thread's reading as they do for a server's.
    const { journal, store } = await openSharedStores({ ...data.shared, patienceMs: patientMs });
    return sourceOf(journal, store);
  }
  const [journal, store] = await Promise.all([
    FileJournal.open({ dir: data.journalDirectory, readOnly: true }),
    FileStore.open({ dir: data.storeDirectory, readOnly: true }),
  ]);
  return sourceOf(journal, store);
}

type Opened = Awaited<ReturnType<typeof open>>;

async function train(
  opened: Promise<Opened>,
  { request, backendUrl }: { request: TrainingRequest; backendUrl: string },
  send: Send,
): Promise<void> {
  try {
    const { Backend, source } = await opened;
    let last = Number.NEGATIVE_INFINITY;
    const { trainOutput, files, digest, values } = await runTraining(Backend, request, source, {
      // Whoever does not want the result any more ends the thread.
      signal: new AbortController().signal,
      onLog: (message) => send({ type: 'log', message }),
      onProgress: (phase, done, total) => {
        const now = performance.now();
        if (now - last < progressEachMs && done < total) return;
        last = now;
        send({ type: 'progress', phase, done, total });
      },
    });
    const sent = [...files].map(([name, bytes]): [string, Uint8Array<ArrayBuffer>] => [name, ownBytes(bytes)]);
    const buffers = sent.map(([, bytes]) => bytes.buffer);
    const { heapTotal, external } = process.memoryUsage();
    send({ type: 'done', trainOutput, files: sent, digest, values, heldBytes: heapTotal + external }, buffers);
  } catch (thrown) {
    const error = modelFailure(thrown, 'fit()');
    if (error.code !== 'MODEL_FAILED') send({ type: 'failed', code: error.code, message: error.message, stack: null });
    else {
      const stack = thrown instanceof Error ? (thrown.stack ?? null) : null;
      send({ type: 'failed', code: null, message: saidWithPlace(thrown, backendUrl), stack });
    }
  }
}

type Send = (message: ThreadMessage, transfer?: ArrayBuffer[]) => void;

/** The bytes in a buffer of their own, which may be given away. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

if (parentPort) {
  const port = parentPort;
  const data = workerData as ThreadData;
  const { backendUrl } = data;
  const opened = open(data);
  // The failure is told with the first training that meets it.
  opened.catch(() => {});
  port.on('message', ({ request }: TrainMessage) => {
    void train(opened, { request, backendUrl }, (message, transfer = []) => port.postMessage(message, transfer));
  });
}
