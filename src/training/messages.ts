// What the server and its training thread say to each other. Everything is plain data; files travel by transfer.
import type { ErrorCode } from '../errors.ts';
import type { SharedPlaces } from '../store/shared-stores.ts';
import type { TrainingRequest, TrainingResult } from './runner.ts';

/** What the thread is born with; the journal and the models, wherever they are, it only reads. */
export type ThreadData = {
  /** URL of the module that holds the model class. */
  backendUrl: string;
} & ({ journalDirectory: string; storeDirectory: string } | { shared: SharedPlaces });

/** To the thread: one training at a time. */
export interface TrainMessage {
  type: 'train';
  request: TrainingRequest;
}

/** From the thread. The last message of a training is `done` or `failed`. */
export type ThreadMessage =
  | { type: 'progress'; phase: string; done: number; total: number }
  | { type: 'log'; message: string }
  /** `heldBytes`: what the thread goes on holding after the training, heap and linear memory. */
  | {
      type: 'done';
      trainOutput: unknown;
      files: [name: string, bytes: Uint8Array][];
      digest: string;
      values: TrainingResult['values'];
      heldBytes: number;
    }
  | { type: 'failed'; code: ErrorCode | null; message: string; stack: string | null };
