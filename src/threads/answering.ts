// The other end: what a thread says to whoever asks it. An error of the catalogue is an answer; any other is a bug, which
// ends the thread.
import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, SparrowError } from '../errors.ts';

export interface Asked<Question> {
  readonly question: Question;
  readonly isAnswered: boolean;
}

export type Answered<Answer> =
  | { readonly answer: Answer }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } };

/** Answer every question by what `start` makes of the data that the thread was born with. Nothing in the main thread. */
export function answerQuestions<Data, Question>(start: (data: Data) => (question: Question) => unknown): void {
  if (!parentPort) return;
  const port = parentPort;
  const answerTo = start(workerData as Data);
  port.on('message', ({ question, isAnswered }: Asked<Question>) => {
    try {
      const answer = answerTo(question);
      if (isAnswered) port.postMessage({ answer } satisfies Answered<unknown>);
    } catch (error) {
      if (!isAnswered || !(error instanceof SparrowError)) throw error;
      const failure = { code: error.code, message: error.message };
      port.postMessage({ failure } satisfies Answered<unknown>);
    }
  });
}
