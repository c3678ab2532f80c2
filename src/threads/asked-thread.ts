// A thread that is asked questions and answers them in their order. Whatever becomes of it (an error, no memory left, an
// end that nobody asked for), every question that still waits is refused with that.
import { Worker } from 'node:worker_threads';
import { SparrowError } from '../errors.ts';
import type { Answered, Asked } from './answering.ts';

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export class AskedThread<Question, Answer> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<Answer>[] = [];
  #end: { readonly reason: unknown } | undefined;

  /** `url` is a file that calls `answerQuestions`, which gets a copy of `data`. */
  constructor(url: URL, data: unknown) {
    this.#worker = new Worker(url, { workerData: data });
    this.#worker.on('message', (message: Answered<Answer>) => this.#settle(message));
    this.#worker.on('error', (error) => this.#refuse(failureOf(error)));
    // Which answer it was nobody knows.
    this.#worker.on('messageerror', (error) => void this.end(error));
    this.#worker.on('exit', (code) => this.#refuse(new Error(`a thread ended by itself, with exit code ${code}`)));
  }

  ask(question: Question): Promise<Answer> {
    if (this.#end) return Promise.reject(this.#end.reason);
    this.#worker.postMessage({ question, isAnswered: true } satisfies Asked<Question>);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Say what needs no answer. */
  tell(question: Question): void {
    if (!this.#end) this.#worker.postMessage({ question, isAnswered: false } satisfies Asked<Question>);
  }

  /** End the thread, whatever it is doing; questions, those that wait and those to come, are refused with `reason`. */
  async end(reason: unknown = new Error('the thread was ended')): Promise<void> {
    this.#refuse(reason);
    await this.#worker.terminate();
  }

  #settle(message: Answered<Answer>): void {
    const waiting = this.#waiting.shift();
    if ('answer' in message) waiting?.resolve(message.answer);
    else waiting?.reject(new SparrowError(message.failure.code, message.failure.message));
  }

  #refuse(reason: unknown): void {
    this.#end ??= { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end.reason);
  }
}

/** What the end of a thread was: errors of the catalogue lose their class on the way, but not their code. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return SparrowError.ofCode(error.code, error.message) ?? error;
  const why = 'A thread needs more memory than it may take; give fewer or shorter texts.';
  return new SparrowError('OUT_OF_MEMORY', why, { cause: error });
}
