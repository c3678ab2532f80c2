import { describe, expect, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { modelFailure, placeOf, saidWithPlace } from '../../src/sdk/user-code.ts';

const url = 'file:///home/me/my%20backend/model.ts?reload=3';

function thrown(...frames: string[]): Error {
  const error = new TypeError('x is not a function');
  error.stack = ['TypeError: x is not a function', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('an error in a model of one’s own', () => {
  test('is told with the first place in the files of its directory', () => {
    const error = thrown(
      'deep (file:///home/me/my%20backend/node_modules/lib/index.js:1:1)',
      'words (file:///home/me/my%20backend/text/words.ts?reload=3:4:17)',
      'M.predict (file:///home/me/my%20backend/model.ts?reload=3:23:11)',
    );
    expect(placeOf(error, url)).toBe('text/words.ts:4:17');
    expect(saidWithPlace(error, url)).toBe('text/words.ts:4:17: x is not a function');
  });

  test('has no place where none of its lines is in the stack', () => {
    expect(placeOf(thrown('f (file:///home/me/other/model.ts:1:1)', 'node:internal/x:3:4'), url)).toBeNull();
    for (const odd of [null, 'text', 7, {}, { stack: 'file:///home/me/my%20backend/model.ts:1:1' }]) {
      expect(placeOf(odd, url)).toBeNull();
    }
    expect(placeOf(thrown('file:///home/me/my%20backend/model.ts:1:1'), 'data:text/javascript,')).toBeNull();
    expect(saidWithPlace('thrown as text', url)).toBe('thrown as text');
  });

  test('goes on without its message, unless it is one of the catalogue, whichever copy threw it', () => {
    const failure = modelFailure(thrown(), 'predict() of M');
    expect([failure.code, failure.status, failure.message]).toEqual([
      'MODEL_FAILED',
      500,
      "The model's own code failed in predict() of M.",
    ]);
    const known = new SparrowError('BAD_INPUT', 'No.');
    expect(modelFailure(known, 'fit()')).toBe(known);
    const foreign = Object.assign(new Error('Too few.'), { name: 'SparrowError', code: 'TOO_FEW_LABELS' });
    expect(modelFailure(foreign, 'fit()')).toMatchObject({ code: 'TOO_FEW_LABELS', message: 'Too few.' });
    const pretended = Object.assign(new Error('x'), { name: 'SparrowError', code: 'toString' });
    expect(modelFailure(pretended, 'fit()').code).toBe('MODEL_FAILED');
  });
});
