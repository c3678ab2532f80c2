// The command line itself: help, wrong usage, closed pipes, interruption, and sentences that a terminal can show.
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { corpus, jsonl } from './corpus.ts';
import { collector, Desk } from './harness.ts';

const desk = new Desk();
desk.write('data.jsonl', jsonl(corpus(60)));

describe('help and version', () => {
  test('help lists the commands', async () => {
    const { code, out, err } = await desk.run(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of ['train', 'evaluate', 'predict', 'vectorize', 'inspect'])
      expect(out).toMatch(new RegExp(`^  ${name}`, 'm'));
  });

  test('help of a command shows its options once each, in the sense that changes something', async () => {
    const { code, out } = await desk.run(['train', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/--no-lowercase/);
    expect(out).not.toMatch(/^ +--lowercase/m);
    expect((await desk.run(['help', 'train'])).out).toBe(out);
  });

  test('the version is that of the package', async () => {
    expect((await desk.run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage', () => {
  test.each([
    [[], 'a command is missing; see sparrow --help.'],
    [['trian'], "unknown command 'trian' (Did you mean train?); see sparrow --help."],
    [['train', 'data.jsonl'], "required option '-m, --model <file>' not specified; see sparrow train --help."],
    [['train', '--model', 'm'], "missing required argument 'data'; see sparrow train --help."],
    [['train', 'data.jsonl', '--model'], "option '-m, --model <file>' argument missing; see sparrow train --help."],
    [
      ['train', 'data.jsonl', '-m', 'm', '--ngram_range', '1,2'],
      "unknown option '--ngram_range' (Did you mean --ngram-range?); see sparrow train --help.",
    ],
    [
      ['train', 'data.jsonl', '-m', 'm', '--c', '2'],
      "unknown option '--c' (Did you mean --C?); see sparrow train --help.",
    ],
    [
      ['inspect', 'a', 'b'],
      "too many arguments for 'inspect'. Expected 1 argument but got 2; see sparrow inspect --help.",
    ],
    [
      ['train', 'a.jsonl', '--modle', 'x'],
      "unknown option '--modle' (Did you mean --model?); see sparrow train --help.",
    ],
    [['train', 'a.jsonl', '--mode=x'], "unknown option '--mode' (Did you mean --model?); see sparrow train --help."],
  ])('F164 %j is one line, with the nearest right name, and exit 2', async (argv, message) => {
    expect(await desk.run(argv)).toEqual({ code: 2, out: '', err: `sparrow: ${message}\n` });
  });

  test.each([
    ['--analyzer', 'chr', '--analyzer must be one of word, char, char_wb, not "chr".'],
    ['--ngram-range', '2', '--ngram-range must be two whole numbers such as 1,2, not "2".'],
    ['--ngram-range', '2,1', '--ngram-range must be a lower bound not above its upper bound, not [2,1].'],
    ['--min-df', '0', '--min-df must be a count of documents such as 2, or a share from 0.0 to 1.0, not "0".'],
    ['--max-df', '1.5', '--max-df must be a count of documents such as 2, or a share from 0.0 to 1.0, not "1.5".'],
    ['--max-features', '0', '--max-features must be a whole number of at least 1, not 0.'],
    ['--norm', 'l3', '--norm must be one of l1, l2, none, not "l3".'],
    ['--C', '-1', '--C must be a number above 0, not -1.'],
    ['--C', 'ten', '--C must be a number, not "ten".'],
    ['--tol', '', '--tol must be a number, not "".'],
    ['--max-iter', '1.5', '--max-iter must be a whole number of at least 1, not 1.5.'],
    ['--solver', 'saga', '--solver must be one of sdca, lbfgs, sgd, not "saga".'],
    ['--class-weight', 'heavy', '--class-weight must be balanced or label=weight,label=weight, not "heavy".'],
    ['--class-weight', 'a=1,b=x', '--class-weight must be balanced or label=weight,label=weight, not "a=1,b=x".'],
    ['--class-weight', 'a=-1', '--class-weight of "a" must be a number of 0 or more, not -1.'],
    ['--stop-words', 'no.txt', '--stop-words: no.txt: there is no such file.'],
    ['--vocabulary', '.', '--vocabulary: .: this is a directory; expected a file.'],
  ])('F164 %s %s is refused by name before any data is read', async (option, value, message) => {
    const { code, err } = await desk.run(['train', 'no-such-file', '-m', 'm', option, value]);
    expect([code, err]).toEqual([2, `sparrow: ${message}\n`]);
  });
});

describe('streams', () => {
  test('F162 a reader of the output that goes away ends the command quietly', async () => {
    await desk.run(['train', 'data.jsonl', '-m', 'model']);
    const stdout = collector(() => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await desk.run(['predict', 'model', 'data.jsonl'], { io: { stdout } })).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  });

  test('F162 output that cannot be written for want of space is said', async () => {
    const stdout = collector(() => Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
    const { code, err } = await desk.run(['predict', 'model', 'data.jsonl'], { io: { stdout } });
    expect([code, err]).toEqual([1, 'sparrow: Cannot write standard output: no space is left.\n']);
  });

  test('F161 an interruption while input is waited for ends with 130 and nothing written', async () => {
    const interruption = new AbortController();
    const stdin = new PassThrough();
    stdin.write(jsonl(corpus(3)));
    const running = desk.run(['train', '-', '-m', 'unborn'], { stdin, io: { signal: interruption.signal } });
    setImmediate(() => interruption.abort('SIGINT'));
    expect(await running).toEqual({ code: 130, out: '', err: '' });
    expect(desk.has('unborn')).toBe(false);
    expect(desk.leftovers()).toEqual([]);
    stdin.destroy();
  });

  test('F161 an interruption during the fit is obeyed before the model is written', async () => {
    const interruption = new AbortController();
    const blocking = <T>(work: () => T): T => {
      const result = work();
      interruption.abort('SIGINT');
      return result;
    };
    const { code } = await desk.run(['train', 'data.jsonl', '-m', 'unborn'], {
      io: { signal: interruption.signal, blocking },
    });
    expect(code).toBe(130);
    expect(desk.has('unborn')).toBe(false);
  });

  test('F125 names and labels with escapes and line feeds stay on their line', async () => {
    const { err } = await desk.run(['train', 'evil\u001b[2J\nname', '-m', 'm']);
    expect(err).toBe('sparrow: evil\\u001b[2J\\u000aname: there is no such file.\n');
    const rows = corpus(60).map((row) => ({ ...row, label: `${row.label}\u001b[31m\u202e\n` }));
    desk.write('evil.jsonl', jsonl(rows));
    const { out } = await desk.run(['evaluate', '--cv', '2', 'evil.jsonl']);
    expect(out).toContain('money\\u001b[31m\\u202e\\u000a');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('F160 standard input is read from a pipe in any chunks', async () => {
    const bytes = Buffer.from(jsonl(corpus(60)));
    const stdin = Readable.from([bytes.subarray(0, 10), bytes.subarray(10, 11), bytes.subarray(11)]);
    const { code, out } = await desk.run(['train', '-', '-m', 'piped', '--json'], { stdin });
    expect([code, JSON.parse(out).docs]).toEqual([0, 60]);
  });
});
