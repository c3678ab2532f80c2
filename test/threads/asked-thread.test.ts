// What becomes of questions to a thread, whatever becomes of the thread.
import { afterEach, describe, expect, test } from 'vitest';
import { AskedThread } from '../../src/threads/asked-thread.ts';

/** Answers with twice the number; some questions are its end. */
const code = `
  import { parentPort } from 'node:worker_threads';
  let told = 0;
  parentPort.on('message', ({ question, isAnswered }) => {
    if (question === 'refuse') return parentPort.postMessage({ failure: { code: 'BAD_INPUT', message: 'No.' } });
    if (question === 'throw') throw new TypeError('a bug');
    if (question === 'exit') process.exit(3);
    if (question === 'hang') for (;;);
    if (isAnswered) parentPort.postMessage({ answer: question * 2 + told });
    else told += question;
  });
`;
const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
let thread: AskedThread<number | string, number>;

function start(): typeof thread {
  thread = new AskedThread(url, null);
  return thread;
}

afterEach(() => thread.end());

describe('a thread that is asked', () => {
  test('answers in order, and hears what it is told in between', async () => {
    const first = start().ask(1);
    thread.tell(100);
    expect(await Promise.all([first, thread.ask(2), thread.ask(3)])).toEqual([2, 104, 106]);
  });

  test('refuses one question and goes on', async () => {
    const [refused, next] = [start().ask('refuse'), thread.ask(4)];
    await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'No.' });
    expect(await next).toBe(8);
  });

  test.each([
    ['breaks', 'throw', 'a bug'],
    ['leaves', 'exit', 'ended by itself, with exit code 3'],
  ])('that %s refuses all that wait and all that come', async (_, question, why) => {
    const waiting = [start().ask(question), thread.ask(1)];
    for (const promise of waiting) promise.catch(() => {});
    for (const promise of waiting) await expect(promise).rejects.toThrow(why);
    await expect(thread.ask(2)).rejects.toThrow(why);
    expect(() => thread.tell(3)).not.toThrow();
  });

  test('that is ended in the middle of something refuses with the reason', async () => {
    const asked = start().ask('hang');
    asked.catch(() => {});
    await thread.end(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});
