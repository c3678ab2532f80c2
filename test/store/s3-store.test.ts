// The object store when it refuses, fails, is slow, or cuts what it sends; against one that is as strict as a real one.
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { SparrowError } from '../../src/errors.ts';
import { describeVersion, type VersionRecord } from '../../src/store/model-store.ts';
import { readS3Url } from '../../src/store/s3-address.ts';
import { S3Store, type S3StoreOptions } from '../../src/store/s3-store.ts';
import { version } from '../conformance/model-store.ts';
import { type Fault, type S3Fake, startS3 } from './s3-fake.ts';

const name = 'v000001-20261124T211500-3fa9c1';

async function recordOf(text: string): Promise<{ record: VersionRecord; files: ReadonlyMap<string, Uint8Array> }> {
  const made = version(text);
  const { digest: _, ...description } = await describeVersion(made);
  return {
    record: { version: name, project: '7', createdAt: '2026-11-24T21:15:00Z', ...description },
    files: made.files,
  };
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  return work.then(
    () => ({ code: 'none', message: '' }),
    ({ code, message }: SparrowError) => ({ code, message }),
  );
}

describe('S3Store', () => {
  let s3: S3Fake;

  beforeEach(async () => {
    s3 = await startS3();
    onTestFinished(() => s3.close());
  });

  function open(more: Partial<S3StoreOptions> = {}): Promise<S3Store> {
    return S3Store.open({ url: s3.url, pauseMs: 5, timeoutMs: 300, ...more });
  }

  /** The next requests that match go wrong in turn; after them all is well. */
  function faults(matching: string, list: readonly (Fault | undefined)[]): void {
    const left = [...list];
    s3.fault = (method, path) => (`${method} ${path}`.includes(matching) ? left.shift() : undefined);
  }

  test('a version comes back whole, and is listed with its project', async () => {
    const store = await open();
    const { record, files } = await recordOf('one');
    await store.writeBook('7', { format: 1, id: '7', highWater: 1, activated: false, pinned: [], deleted: null });
    await store.write(record, files);
    expect(await store.record('7', name)).toEqual(record);
    expect(Buffer.from(await store.read(record, 'model.safetensors')).toString()).toBe('one');
    expect(await store.versions('7')).toEqual([name]);
    expect(await store.projects()).toEqual(['7']);
    expect([...s3.objects.keys()].every((path) => path.startsWith('sparrow/projects/7-'))).toBe(true);
    await store.remove(record);
    expect(await store.record('7', name)).toBeNull();
  });

  test('more projects than fit on a page are all listed', async () => {
    const store = await open();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) {
      await store.writeBook(id, { format: 1, id, highWater: 0, activated: false, pinned: [], deleted: null });
    }
    expect((await store.projects()).sort()).toEqual(ids);
  });

  test('F51 the record is written last, so a version that was not wholly written does not exist', async () => {
    const store = await open({ attempts: 1 });
    const { record, files } = await recordOf('one');
    faults('config.json', [{ status: 500 }]);
    expect((await failureOf(store.write(record, files))).code).toBe('IO_FAILED');
    expect(await store.versions('7')).toEqual([name]);
    expect(await store.record('7', name)).toBeNull();
  });

  test('F51 412 means that somebody was first: it is looked who, and only another one is a conflict', async () => {
    const store = await open();
    const [one, two] = [await recordOf('one'), await recordOf('two')];
    await store.write(one.record, one.files);
    await store.write(one.record, one.files);
    expect((await failureOf(store.write(two.record, two.files))).code).toBe('CONFLICT');
    expect(await store.record('7', name)).toEqual(one.record);
  });

  test('F51 an answer that was lost is asked for again, and what it did is not taken for somebody else’s', async () => {
    const store = await open();
    const { record, files } = await recordOf('one');
    faults('version.json', ['lost']);
    await store.write(record, files);
    expect(s3.requests.filter((one) => one.startsWith('PUT') && one.endsWith('version.json'))).toHaveLength(2);
  });

  test.each([
    ['500', { status: 500 }],
    ['503', { status: 503, code: 'SlowDown' }],
    ['silence', 'silent'],
    ['a cut', 'cut'],
    ['a body of the wrong length', 'short'],
  ] as const)('F51 %s is tried again', async (_, fault) => {
    const store = await open();
    const { record, files } = await recordOf('one');
    await store.write(record, files);
    faults('GET', [fault, fault]);
    expect(Buffer.from(await store.read(record, 'model.safetensors')).toString()).toBe('one');
  });

  test.each([
    ['cut', 'IO_FAILED', /does not answer as it should/],
    ['short', 'BAD_MODEL', /its checksum is not the one in version.json/],
    [{ status: 500 }, 'IO_FAILED', /refuses it \(500 InternalError\)/],
  ] as const)('F51 what goes on being wrong (%j) is an error and never a model', async (fault, code, message) => {
    const store = await open();
    const { record, files } = await recordOf('one');
    await store.write(record, files);
    s3.fault = () => fault;
    const failure = await failureOf(store.read(record, 'model.safetensors'));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('F51 a changed object is never a model', async () => {
    const store = await open();
    const { record, files } = await recordOf('one');
    await store.write(record, files);
    const [path = ''] = [...s3.objects.keys()].filter((key) => key.endsWith('model.safetensors'));
    s3.objects.set(path, Buffer.from('two'));
    expect((await failureOf(store.read(record, 'model.safetensors'))).code).toBe('BAD_MODEL');
    s3.objects.delete(path);
    expect((await failureOf(store.read(record, 'model.safetensors'))).code).toBe('NOT_FOUND');
  });

  test.each([
    ['another secret', (url: string) => url.replace('secret', 'wrong'), /does not take the key and secret in S3_URL/],
    ['another key', (url: string) => url.replace('AKIA', 'BKIA'), /does not take the key and secret in S3_URL/],
    ['another bucket', (url: string) => url.replace('/models', '/elsewhere'), /has no such bucket/],
    ['another region', (url: string) => url.replace('eu-test-1', 'eu-test-2'), /S3_URL/],
  ])('F51 %s is refused by name, at once, and without the secret', async (_, change, message) => {
    const store = await S3Store.open({ url: change(s3.url), pauseMs: 1000 });
    const { record, files } = await recordOf('one');
    for (const failure of [
      await failureOf(store.write(record, files)),
      await failureOf(store.read(record, 'model.safetensors')),
      { code: 'IO_FAILED', message: (await store.problem()) ?? '' },
    ]) {
      expect(failure).toMatchObject({ code: 'IO_FAILED', message: expect.stringMatching(message) });
      expect(failure.message).not.toMatch(/secret\+|wrong|AKIA/);
    }
    expect(s3.requests.length).toBeLessThanOrEqual(4);
  });

  test('F51 no right to it is said once, not tried again', async () => {
    const store = await open();
    s3.fault = () => ({ status: 403, code: 'AccessDenied' });
    expect(await store.problem()).toMatch(/does not allow this to the key in S3_URL/);
    expect(s3.requests).toHaveLength(1);
  });
});

describe('readS3Url', () => {
  test.each([
    ['s3://k:s@host/bucket', 'https://host/bucket/', 'us-east-1'],
    ['s3://k:s@host:9000/bucket/deep/er?region=eu-1&tls=0', 'http://host:9000/bucket/deep/er/', 'eu-1'],
    ['https://k:s@host/bucket?region=auto', 'https://host/bucket/', 'auto'],
    ['http://k:s@host/bucket', 'http://host/bucket/', 'us-east-1'],
  ])('%s', (url, base, region) => {
    const address = readS3Url(url);
    expect([address.base.href, address.region, address.key, address.secret]).toEqual([base, region, 'k', 's']);
  });

  test('key and secret are percent-decoded', () => {
    expect(readS3Url('s3://k%2F:a%2Fs%2Bb%40@host/b')).toMatchObject({ key: 'k/', secret: 'a/s+b@' });
  });

  test.each([
    ['s3://k:s@host', /names no bucket/],
    ['s3://host/bucket', /holds no key and secret/],
    ['ftp://k:s@host/bucket', /must be an address such as/],
    ['nonsense', /must be an address such as/],
  ])('%s is refused', (url, message) => {
    expect(() => readS3Url(url)).toThrow(message);
    expect(() => readS3Url(url)).toThrow(/S3_URL/);
  });
});
