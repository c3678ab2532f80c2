import { describe, expect, test } from 'vitest';
import { routePathOf } from '../../src/server/route-path.ts';

function pathOf(path: string): string {
  // A request as the HTTP server makes it: the address is not tidied up.
  return routePathOf({ url: `http://host:9090${path}` } as Request);
}

describe('routePathOf', () => {
  test.each([
    ['', '/'],
    ['/', '/'],
    ['/predict', '/predict'],
    ['/predict/', '/predict'],
    ['/predict?x=/health', '/predict'],
    ['/predict#health', '/predict'],
    ['/ml/predict', '/predict'],
    ['/ml/news-2/v1.0/predict/', '/predict'],
    ['/%70redict', '/predict'],
    ['/api/projects/', '/api/projects'],
  ])('takes %j for %s', (path, expected) => {
    expect(pathOf(path)).toBe(expected);
  });

  test.each([
    '//predict',
    '/predict//',
    '/predict%2F',
    '/x//predict',
    '/../predict',
    '/./health',
    '/%2e%2e/health/x',
    '/predict%00',
    '/PREDICT',
    '/predict/x',
    '/api/projects/7/versions',
    '/api/health',
    `/${'a/'.repeat(20)}health`,
    '/%E0%A4%A/health',
    '/a b/health',
  ])('F109 takes %j for no route of the protocol', (path) => {
    const protocol = ['/health', '/predict', '/versions', '/setup', '/'];
    expect(protocol).not.toContain(pathOf(path));
  });
});
