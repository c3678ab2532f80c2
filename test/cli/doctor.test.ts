// The doctor in process; the port it looks at is one that nobody has, or a server of this test.
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor.ts';
import { checkLabelStudio } from '../../src/server/dashboard-check.ts';
import { listen } from '../../src/server/listen.ts';
import { annotated, tryApp } from '../server/try-app.ts';
import { Desk } from './harness.ts';

const desk = new Desk();

interface Report {
  ok: boolean;
  checks: Finding[];
}

async function examine(argv: readonly string[] = [], env: { [name: string]: string } = {}) {
  const { code, out, err } = await desk.run(['doctor', '--json', '--port', '0', ...argv], { io: { env } });
  const report = JSON.parse(out) as Report;
  const about = (name: string) => report.checks.filter((check) => check.about === name);
  return { code, err, report, about };
}

describe('sparrow doctor', () => {
  test('finds nothing to mend where all is well', async () => {
    const { code, err, report, about } = await examine(['--host', '127.0.0.1']);
    expect([code, err, report.ok]).toEqual([0, '', true]);
    for (const name of ['Node', 'kernels', 'memory', 'model directory', 'port', 'access', 'address', 'Label Studio']) {
      expect(about(name).map(({ isGood }) => isGood)).toEqual([true]);
    }
    expect(desk.has('models')).toBe(true);
  });

  test('tells a person the same in lines, and how to mend what is wrong', async () => {
    desk.write('file', '');
    const { code, out, err } = await desk.run(['doctor', '--port', '0', '--model-dir', 'file'], { io: { env: {} } });
    expect(code).toBe(1);
    expect(err).toMatch(/^sparrow: 1 thing of \d+ to mend\.\n$/);
    expect(out).toMatch(/^✓ Node {11}v\d+/m);
    expect(out).toMatch(/^✗ model directory .*file cannot be written/m);
    expect(out).toMatch(
      /^ +→ let the user that runs the server write there, or name another directory with MODEL_DIR\.$/m,
    );
  });

  test('a wrong setting is the first thing to mend', async () => {
    const { code, report } = await examine([], { WORKERS: 'many' });
    expect(code).toBe(1);
    expect(report.checks).toMatchObject([{ about: 'settings', said: expect.stringContaining('WORKERS must be') }]);
  });

  test('F166 a port that somebody else has is said to be taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, about } = await examine(['--host', '127.0.0.1', '--port', String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(about('port')).toMatchObject([{ isGood: false, said: expect.stringContaining('used by another program') }]);
  }, 20_000);

  test('a server that runs is asked what has arrived from Label Studio', async () => {
    const app = tryApp({ auth: { user: 'u', password: 'p' } });
    const listener = await listen(app.hono, { host: '127.0.0.1', port: 0 });
    const argv = ['--host', '127.0.0.1', '--port', String(listener.port)];
    const withAuth = [...argv, '--basic-auth-user', 'u', '--basic-auth-pass', 'p'];
    try {
      expect((await examine(argv)).about('arrivals')).toMatchObject([
        { isGood: false, fix: expect.stringContaining('BASIC_AUTH_USER') },
      ]);
      const before = await examine(withAuth);
      expect(before.about('port')).toMatchObject([{ isGood: true, said: expect.stringContaining('answers on port') }]);
      expect(before.about('webhook')).toMatchObject([{ isGood: false, fix: expect.stringContaining('/webhook') }]);
      const headers = { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` };
      await app.post('/setup', { project: '7', schema: '<View/>' }, headers);
      await app.post('/webhook', { action: 'ANNOTATION_CREATED' }, headers);
      expect((await examine(withAuth)).about('webhook')).toMatchObject([
        { isGood: false, said: 'came without its payload' },
      ]);
      await app.post('/webhook', annotated(1, 'rain', 'Weather'), headers);
      const after = await examine(withAuth);
      expect(after.about('webhook')).toMatchObject([{ isGood: true }]);
      expect(after.about('arrivals')).toMatchObject([{ isGood: true }]);
    } finally {
      await listener.close(0);
    }
  });

  test('F166 an address that only this machine can reach is wrong for a Label Studio elsewhere', async () => {
    const env = { LABEL_STUDIO_URL: 'http://label-studio.invalid:8080' };
    const { about } = await examine(['--host', '127.0.0.1'], env);
    expect(about('address')).toMatchObject([{ isGood: false, fix: expect.stringContaining('HOST=0.0.0.0') }]);
    expect(about('Label Studio')).toMatchObject([{ isGood: false, fix: expect.stringContaining('LABEL_STUDIO_URL') }]);
  });

  test('Redis and the object store are looked at when they are set', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:1', S3_URL: 's3://127.0.0.1:1/' };
    const { about } = await examine([], env);
    expect(about('Redis')).toMatchObject([{ isGood: false, said: expect.stringContaining('127.0.0.1:1') }]);
    expect(about('object store')).toMatchObject([{ isGood: false, said: expect.stringContaining('bucket') }]);
  });

  test('F134 no secret stands in what it says', async () => {
    const env = {
      LABEL_STUDIO_URL: 'http://127.0.0.1:1',
      LABEL_STUDIO_API_KEY: 'mark-of-a-key',
      BASIC_AUTH_USER: 'u',
      BASIC_AUTH_PASS: 'mark-of-a-password',
      REDIS_URL: 'redis://u:mark-of-redis@127.0.0.1:1',
      S3_URL: 's3://key:mark-of-s3@127.0.0.1:1/bucket?tls=0',
    };
    const { report, err } = await examine([], env);
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report) + err).not.toContain('mark-of');
  }, 30_000);
});

describe('F166 the check of Label Studio', () => {
  const whoami = { id: 1, email: 'a@b.test' };
  const answering = (status: number, body: object) => async () => Response.json(body, { status });

  test('says whose key it is and of which kind', async () => {
    const url = 'http://label-studio.test:8080';
    const found = await checkLabelStudio({ url, apiKey: 'a'.repeat(40) }, answering(200, whoami));
    expect(found).toEqual([
      {
        isGood: true,
        said: expect.stringMatching(/takes the key, a legacy token\. It is the key of a@b\.test\.$/),
        fix: null,
      },
    ]);
  });

  test('says what to do about a key that is refused', async () => {
    const url = 'http://label-studio.test:8080';
    const found = await checkLabelStudio({ url, apiKey: 'a'.repeat(40) }, answering(401, { detail: 'Invalid token.' }));
    expect(found).toMatchObject([{ isGood: false, fix: expect.stringContaining('LABEL_STUDIO_API_KEY') }]);
  });

  test('without a key says that something answers', async () => {
    const found = await checkLabelStudio({ url: 'http://label-studio.test', apiKey: null }, answering(200, {}));
    expect(found).toMatchObject([{ isGood: true, said: expect.stringContaining('There is no key') }]);
  });

  test('inside a container, localhost is explained', async () => {
    const refused = async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:8080') });
    };
    const found = await checkLabelStudio({ url: 'http://localhost:8080', apiKey: null }, refused);
    expect(found).toMatchObject([
      {
        isGood: false,
        said: expect.stringContaining('ECONNREFUSED'),
        fix: expect.stringContaining('host.docker.internal'),
      },
    ]);
  });

  test('a key without an address is a wrong setting', async () => {
    expect(await checkLabelStudio({ url: null, apiKey: 'k' })).toMatchObject([{ isGood: false }]);
  });
});
