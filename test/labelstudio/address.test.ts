import { describe, expect, it } from 'vitest';
import { apiAddress, dataAddress, labelStudioAddress, redirectAddress } from '../../src/labelstudio/address.ts';

const base = labelStudioAddress('http://label-studio.test:8080');
const below = labelStudioAddress('https://host.test/ls/');

describe('the configured address', () => {
  it('may have a path, and a stray slash or query', () => {
    expect(apiAddress(base, '/api/tasks', { page: '1' }).href).toBe('http://label-studio.test:8080/api/tasks?page=1');
    expect(apiAddress(below, '/api/tasks').href).toBe('https://host.test/ls/api/tasks');
    expect(apiAddress(labelStudioAddress(' http://a.test//?x#y '), '/api').href).toBe('http://a.test/api');
  });

  it('F136 may be localhost or a private one', () => {
    for (const url of [
      'http://localhost:8080',
      'http://127.0.0.1',
      'http://[::1]:80',
      'http://10.0.0.7',
      'http://169.254.169.254',
    ]) {
      expect(labelStudioAddress(url).origin).toBeTruthy();
    }
  });

  it.each([
    '',
    'label-studio:8080',
    '/ls',
    'ftp://a.test',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://user:pass@a.test',
    'http://good@evil.test',
  ])('%j is refused with the name of the setting', (url) => {
    expect(() => labelStudioAddress(url)).toThrow(/LABEL_STUDIO_URL/);
    expect(() => labelStudioAddress(url, 'LABEL_STUDIO_HOST')).toThrow(/LABEL_STUDIO_HOST/);
    expect(() => labelStudioAddress(url)).not.toThrow(/pass@/);
  });
});

describe('the data of a task', () => {
  it.each([
    ['/data/upload/1/a.txt', 'http://label-studio.test:8080/data/upload/1/a.txt'],
    ['/data/local-files/?d=dir/a.txt', 'http://label-studio.test:8080/data/local-files/?d=dir/a.txt'],
    ['http://label-studio.test:8080/data/upload/1/a.txt#x', 'http://label-studio.test:8080/data/upload/1/a.txt'],
    ['/tasks/5/resolve/?fileuri=czM6', 'http://label-studio.test:8080/tasks/5/resolve/?fileuri=czM6'],
    ['/data/x/../y.txt', 'http://label-studio.test:8080/data/y.txt'],
  ])('at %s is fetched from Label Studio', (uri, href) => {
    expect(dataAddress(base, uri).href).toBe(href);
  });

  it('may stand under the path of the address, or be given without it', () => {
    expect(dataAddress(below, '/data/a.txt').href).toBe('https://host.test/ls/data/a.txt');
    expect(dataAddress(below, '/ls/data/a.txt').href).toBe('https://host.test/ls/data/a.txt');
  });

  it('in a cloud is resolved by Label Studio, for the task', () => {
    const uri = 's3://bucket/ü?>.txt';
    const address = dataAddress(base, uri, 5);
    expect(address.pathname).toBe('/tasks/5/resolve/');
    const fileuri = address.searchParams.get('fileuri') ?? '';
    expect(fileuri).toMatch(/^[\w=-]+$/);
    expect(Buffer.from(fileuri, 'base64url').toString()).toBe(uri);
    expect(() => dataAddress(base, uri)).toThrow(/number/);
    expect(() => dataAddress(base, uri, '../1')).toThrow(/number/);
  });

  it.each([
    'http://evil.test/data/a.txt',
    'http://label-studio.test/data/a.txt',
    'https://label-studio.test:8080/data/a.txt',
    'http://label-studio.test:8080@evil.test/data/a.txt',
    'http://good@label-studio.test:8080/data/a.txt',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/data/a',
    'http://2130706433/data/a',
    'http://0177.0.0.1/data/a',
    '//evil.test/data/a.txt',
    '/\\evil.test/data/a.txt',
    '\\\\evil.test\\data\\a',
    'file:///etc/passwd',
    'ftp://label-studio.test:8080/data/a',
    'data:text/plain,x',
    'javascript:alert(1)',
    'http://',
    '',
  ])('F135 at %j is not fetched from anywhere', (uri) => {
    expect(() => dataAddress(base, uri, 5)).toThrow(/no other host is asked|not one where/);
  });

  it.each([
    '/api/current-user/token',
    '/api/',
    '/data/../api/users',
    '/data/%2e%2e/api/users',
    '/user/account',
    '/',
    '/tasks/5/',
    '/dataset/x',
  ])('F135 does not stand at %s: a task cannot have the answers of the API read to it', (uri) => {
    expect(() => dataAddress(base, uri, 5)).toThrow(/not one where Label Studio keeps/);
    expect(() => dataAddress(base, base.origin + uri, 5)).toThrow(/not one where Label Studio keeps/);
  });

  it('is not outside the path of the address', () => {
    expect(() => dataAddress(below, 'https://host.test/data/a.txt')).toThrow(/not one where/);
  });

  it('has no address of any length', () => {
    expect(() => dataAddress(base, `/data/${'x'.repeat(10_000)}`)).toThrow(/too long/);
  });
});

it('F65 a redirect is followed only where it stays', () => {
  const from = new URL('http://label-studio.test:8080/api/projects/7');
  expect(redirectAddress(from, '/api/projects/7/')?.href).toBe('http://label-studio.test:8080/api/projects/7/');
  for (const location of [
    'http://evil.test/',
    'https://label-studio.test:8080/',
    '//evil.test/',
    'http://u@label-studio.test:8080/',
    'http://',
  ]) {
    expect(redirectAddress(from, location)).toBeNull();
  }
});
