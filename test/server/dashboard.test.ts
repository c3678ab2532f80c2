import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connectPage } from '../../src/server/pages-connect.ts';
import { eventsPage } from '../../src/server/pages-events.ts';
import { problemPage } from '../../src/server/pages-problem.ts';
import { projectPage } from '../../src/server/pages-project.ts';
import { projectsPage } from '../../src/server/pages-projects.ts';
import { versionsPage } from '../../src/server/pages-versions.ts';
import { controlOf, eventOf, lineOf, now, qualityOf, summaryOf, version } from './dashboard-samples.ts';
import { annotated, newsEvents, predictBody, type TryApp, tryApp } from './try-app.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const pagePaths = ['/', '/projects/7', '/projects/7/history', '/events', '/connect', '/openapi'];

/** A project with versions, as Label Studio would have brought it about. */
async function labelled(options: Parameters<typeof tryApp>[0] = {}): Promise<TryApp> {
  const app = tryApp(options);
  for (const event of newsEvents()) await app.post('/webhook', event);
  await app.registry.drain();
  await app.post('/webhook', annotated(70, 'More rain', 'Weather'));
  await app.registry.drain();
  return app;
}

/** Every page, with `words` wherever somebody else’s words may stand. */
function pagesWith(words: string): string[] {
  const summary = summaryOf(words);
  const controls = [controlOf([words, `${words}2`]), { ...controlOf([words]), reason: words }];
  const events = [eventOf(words)];
  const check = { isGood: false, said: words, fix: words };
  const seen = { asked: null, webhook: null, emptyWebhook: false, refused: true };
  const lines = [lineOf(version, [words]), lineOf(words, [words])] as const;
  return [
    projectsPage({ projects: [{ summary, accuracy: null }], total: 1, page: 1, pages: 1, problems: [words], now }),
    projectPage({
      summary,
      controls,
      next: [{ task: words, score: 0.3 }],
      events,
      labelStudio: summary.hostname,
      now,
    }),
    versionsPage({
      summary,
      versions: lines,
      compared: [lines[1], lines[0]],
      switched: { to: version, from: words },
      token: words,
      now,
    }),
    eventsPage({ events, now }),
    connectPage({ urls: [{ url: words, when: words }], hasAuth: true, seen, checks: [check], isFirstRun: true }),
    problemPage('./', words),
  ];
}

describe('what stands in a page', () => {
  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</textarea></svg><iframe src="https://evil.test">',
    '&lt;b&gt; <b>bold</b>',
    'javascript:alert(1)',
  ])('F125 %s is shown as text wherever it comes', (words) => {
    for (const markup of pagesWith(words)) {
      expect(markup).not.toMatch(/<(?:img|iframe|b)\b/);
      // Scripts and styles are files of ours, and no attribute holds code.
      for (const [tag] of markup.matchAll(/<script\b[^>]*>/g))
        expect(tag).toMatch(/src="(?:\.\.?\/)+assets\/pages-client\.js\?[0-9a-f]+"/);
      for (const [tag] of markup.matchAll(/<[a-z][^>]*>/g))
        expect(tag.replaceAll(/"[^"]*"/g, '')).not.toMatch(/\s(?:on[a-z]+|style)\s*=/);
      expect(markup).not.toMatch(/(?:href|src|action)="\s*javascript:/i);
    }
  });

  test('F125 text that turns the reading direction stays inside its place', () => {
    const markup = projectsPage({
      projects: [{ summary: summaryOf('\u202egnp.exe'), accuracy: null }],
      total: 1,
      page: 1,
      pages: 1,
      problems: [],
      now,
    });
    expect(markup).toContain('<bdi>\u202egnp.exe</bdi>');
  });

  test('F172 no page needs another host', () => {
    const labelStudio = 'http://label-studio.test:8080';
    for (const markup of pagesWith('words')) {
      const elsewhere = [...markup.matchAll(/(?:href|src|action)="([a-z]+:[^"]*|\/\/[^"]*)"/g)].map(([, url]) => url);
      expect(elsewhere.filter((url) => !url?.startsWith(labelStudio))).toEqual([]);
    }
    for (const name of ['pages-style.css', 'pages-client.js']) {
      const body = readFileSync(new URL(`../../src/server/${name}`, import.meta.url), 'utf8');
      expect(body.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|@import|url\(/);
    }
  });

  test.each([2, 14, 77, 500])('with %i classes a page and its files stay under 100 kB', (classes) => {
    const labels = Array.from({ length: classes }, (_, i) => `label number ${i}`);
    const files = ['pages-style.css', 'pages-client.js'].map((name) =>
      readFileSync(new URL(`../../src/server/${name}`, import.meta.url)),
    );
    const own = files.reduce((sum, { length }) => sum + length, 0);
    const view = {
      summary: { ...summaryOf('News'), labels },
      next: [],
      events: [],
      labelStudio: null,
      now,
    };
    const markup = projectPage({ ...view, controls: [controlOf(labels)] });
    expect(own + Buffer.byteLength(markup)).toBeLessThan(100_000);
  });

  test('a chart says what it shows to whoever cannot see it', () => {
    const view = { summary: summaryOf('News'), next: [], events: [], labelStudio: null, now };
    const markup = projectPage({ ...view, controls: [controlOf(['a', 'b'])] });
    const plots = [...markup.matchAll(/<svg class="plot"[^>]*aria-labelledby="(\S+) (\S+)"/g)];
    expect(plots.length).toBe(2);
    for (const [, title, summary] of plots) {
      expect(markup).toContain(`<title id="${title}">`);
      expect(markup).toContain(`<desc id="${summary}">`);
    }
    expect(markup).toContain('From 55.0 % with 50 texts to 70.0 % with 200.');
  });

  test('two versions are compared class by class, and the worse one is offered back', () => {
    const labels = ['Sports', 'World'];
    const [before, after] = [lineOf('v000011-20261124T211400-3fa9c1', labels, 0.84), lineOf(version, labels, 0.87)];
    const summary = { ...summaryOf('News'), modelVersion: version };
    const markup = versionsPage({
      summary,
      versions: [after, before],
      compared: [before, after],
      switched: null,
      token: 't',
      now,
    });
    expect(markup).toContain('v11 → v12');
    expect(markup).toContain('84.0 % → 87.0 %');
    expect(markup).toContain('+3.0 points');
    expect(markup).toContain('Roll back to v11');
  });

  test('what was not measured is said to be so', () => {
    const view = { summary: summaryOf('News'), next: [], events: [], labelStudio: null, now };
    expect(projectPage({ ...view, controls: [] })).toContain('Not measured yet.');
    const unmeasured = { ...controlOf(['a', 'b']), quality: null };
    expect(projectPage({ ...view, controls: [unmeasured] })).toContain('Not measured yet.');
    expect(qualityOf(['a']).docs).toBe(40);
  });
});

describe('the routes of the dashboard', () => {
  test('/ is the dashboard for browsers and liveness for programs', async () => {
    const app = await labelled();
    const shown = await app.get('/', browser);
    expect(shown.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(shown.headers.get('vary')).toBe('accept');
    expect(shown.body).toContain('href="./projects/7"');
    for (const accept of ['*/*', 'application/json', '']) {
      expect((await app.get('/', accept === '' ? {} : { accept })).body).toMatchObject({ status: 'UP' });
    }
  });

  test('many projects come in pages', async () => {
    const app = tryApp();
    for (let i = 1; i <= 45; i++) await app.post('/setup', { project: String(i), schema: '<View/>' });
    const first = await app.get('/', browser);
    expect(first.body).toContain('45 projects');
    expect(first.body.match(/<li class="card">/g)?.length).toBe(40);
    const last = await app.get('/?page=2', browser);
    expect(last.body.match(/<li class="card">/g)?.length).toBe(5);
    for (const page of ['0', '99', 'x', '-1']) expect((await app.get(`/?page=${page}`, browser)).status).toBe(200);
  });

  test('a server without projects shows how to connect one, with its own address', async () => {
    const app = tryApp();
    const { body } = await app.get('/', { ...browser, host: '192.168.7.20:9090' });
    expect(body).toContain('Connect Label Studio');
    expect(body).toContain('http://192.168.7.20:9090/webhook');
    expect(body).toContain('Label Studio has not asked this server yet');
  });

  test('the page that helps to connect says what has arrived', async () => {
    const app = tryApp({ auth: { user: 'u', password: 'p' } });
    const headers = { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` };
    await app.post('/setup', { project: '7.1690000000', schema: '<View/>' }, headers);
    await app.post('/webhook', { action: 'ANNOTATION_CREATED' });
    await app.post('/webhook', { action: 'ANNOTATION_CREATED' }, headers);
    const { body } = await app.get('/connect', { ...browser, ...headers });
    expect(body).toContain('Label Studio has asked this server');
    expect(body).toContain('switch “Send payload” on');
    expect(body).toContain('Requests were refused');
    expect(body).toContain('Basic authentication');
  });

  test('the check says that there is no address to check', async () => {
    const { body } = await tryApp().get('/connect?check=1', browser);
    expect(body).toContain('LABEL_STUDIO_URL is not set');
  });

  test('F139 no page may be framed, guessed at, or run a script that is not ours', async () => {
    const app = await labelled();
    for (const path of pagePaths) {
      const { status, headers } = await app.get(path, browser);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
          "base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  test('every file that a page names is there, and may be kept', async () => {
    const app = await labelled();
    const { body } = await app.get('/', browser);
    const files = [...body.matchAll(/(?:href|src)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(files.length).toBe(3);
    for (const path of files) {
      const { status, headers } = await app.get(`/${path}`);
      expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'private, max-age=31536000, immutable']);
    }
    expect((await app.get('/assets/app.ts')).status).toBe(404);
    expect((await app.get('/assets/..%2Fapp.ts')).status).toBe(404);
  });

  test('a version is let serve from its page, and the way back is offered', async () => {
    const app = await labelled();
    const { versions } = (await app.get('/versions?project=7')).body;
    const oldest = versions.at(-1);
    const { body, headers } = await app.get('/projects/7/history', browser);
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^sparrow_form=[\w-]{24}; HttpOnly; SameSite=Strict; Path=\/$/);
    const token = /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
    const sent = await send(app, { version: oldest, token }, { cookie: cookie.split(';')[0] ?? '' });
    expect(sent.status).toBe(303);
    const shown = await app.get(`/projects/7/${sent.headers.get('location')}`, browser);
    expect(shown.body).toContain('<strong>v1 serves now.</strong>');
    expect(shown.body).toContain('Undo: back to v');
    expect((await app.post('/predict', predictBody(['rain']))).body.model_version).toBe(oldest);
  });

  test('F139 a form from elsewhere changes nothing', async () => {
    const app = await labelled();
    const { versions } = (await app.get('/versions?project=7')).body;
    const form = { version: versions.at(-1), token: 'a'.repeat(24) };
    const cookie = `sparrow_form=${'a'.repeat(24)}`;
    for (const [headers, fields] of [
      [{}, form],
      [{ cookie: `sparrow_form=${'b'.repeat(24)}` }, form],
      [{ cookie: 'sparrow_form=' }, { ...form, token: '' }],
      [{ cookie, 'sec-fetch-site': 'cross-site' }, form],
      [{ cookie, 'sec-fetch-site': 'same-site' }, form],
      [{ cookie, origin: 'https://evil.test' }, form],
      [{ cookie, origin: 'null' }, form],
    ] as const) {
      expect((await send(app, fields, headers)).status).toBe(403);
    }
    expect((await send(app, { ...form, more: 'x'.repeat(5000) }, { cookie })).status).toBe(413);
    expect((await app.post('/projects/7/activate', form, { cookie })).status).toBe(415);
    expect((await app.get('/api/projects/7')).body.modelVersion).toBe(versions[0]);
    const allowed = { cookie, host: 'sparrow.test', origin: 'http://sparrow.test' };
    expect((await send(app, form, allowed)).status).toBe(303);
  });

  test('a project that is not there has a page that says so', async () => {
    const app = await labelled();
    for (const path of ['/projects/99', '/projects/99/history', '/projects/%3Cb%3E']) {
      const answer = await app.get(path, browser);
      expect(answer.status).toBe(404);
      expect(answer.body).toContain('Nothing is known of a project');
      expect(answer.body).not.toContain('<b>');
    }
  });

  test('texts without a label come up for labelling, least sure first, until they are labelled', async () => {
    const app = await labelled();
    await app.post('/predict', predictBody(['rain and wind', 'parliament and rain', 'zzz']));
    const { tasks } = (await app.get('/api/projects/7/next')).body;
    expect(tasks.map(({ task }: { task: string }) => task)[0]).toBe('2');
    expect(tasks.length).toBe(3);
    expect((await app.get('/projects/7', browser)).body).toContain('task <bdi>2</bdi>');
    await app.post('/webhook', annotated(2, 'zzz', 'Sport', { second: 900 }));
    const after = (await app.get('/api/projects/7/next')).body.tasks;
    expect(after.map(({ task }: { task: string }) => task)).not.toContain('2');
  });

  test('of texts that are nearly the same one comes up, and the others last', async () => {
    const app = await labelled();
    const near = ['zzz yyy xxx www vvv', 'parliament and rain', 'ZZZ yyy xxx www, vvv!', 'rain and wind'];
    await app.post('/predict', predictBody(near));
    const { tasks } = (await app.get('/api/projects/7/queue')).body;
    expect(tasks).toHaveLength(4);
    const last = tasks.at(-1);
    expect([last.task, last.like].sort()).toEqual(['0', '2']);
    expect(tasks).toEqual((await app.get('/api/projects/7/next')).body.tasks);
    expect((await app.get('/projects/7', browser)).body).toContain(`like task <bdi>${last.like}</bdi>`);
  });

  test('tasks of one’s own are ranked by what the model says of them now', async () => {
    const app = await labelled();
    const texts = ['rain and wind', 'parliament and rain', 'rain and wind!', 'zzz'];
    const tasks: object[] = texts.map((text, id) => ({ id: id + 50, data: { text } }));
    const done = { id: 60, data: { text: 'parliament' }, annotations: [{ id: 1, result: [] }] };
    const { body } = await app.post('/api/projects/7/queue', { tasks: [...tasks, done] });
    expect(body.modelVersion).toMatch(/^v/);
    const order = body.tasks.map(({ task }: { task: string }) => task);
    expect(order.slice().sort()).toEqual(['50', '51', '52', '53']);
    expect(order[0]).toBe('53');
    expect([order.at(-1), body.tasks.at(-1).like].sort()).toEqual(['50', '52']);
    expect((await app.post('/api/projects/99/queue', { tasks })).status).toBe(404);
    expect((await app.post('/api/projects/7/queue', { tasks: 'all' })).status).toBe(400);
  });

  test('links lead to the task in Label Studio', async () => {
    const app = await labelled();
    const config = newsEvents()[0] as { project: { label_config: string } };
    await app.post('/setup', {
      project: '7',
      schema: config.project.label_config,
      hostname: 'http://label-studio.test:8080/x',
    });
    await app.post('/predict', predictBody(['rain and wind']));
    const { body } = await app.get('/projects/7', browser);
    expect(body).toContain('<a href="http://label-studio.test:8080/projects/7/data?task=0" rel="noreferrer">');
  });
});

describe('a text that is tried', () => {
  test('gets a probability for each label', async () => {
    const app = await labelled();
    const { status, body } = await app.post('/api/projects/7/explain', { text: 'Heavy rain and wind' });
    expect(status).toBe(200);
    const [control] = body.controls;
    expect(control.name).toBe('topic');
    expect(control.labels[0].label).toBe('Weather');
    expect(
      control.words.map(({ start, end }: { start: number; end: number }) => 'Heavy rain and wind'.slice(start, end)),
    ).toContain('rain');
    const sum = control.labels.reduce(
      (total: number, { probability }: { probability: number }) => total + probability,
      0,
    );
    expect(sum).toBeCloseTo(1, 6);
    expect(body.modelVersion).toBe((await app.get('/api/projects/7')).body.modelVersion);
  });

  test.each([
    [{}, 'text is missing.'],
    [{ text: 7 }, 'text must be a text.'],
    [{ text: 'x'.repeat(100_001) }, 'text must have at most 100000 characters.'],
  ])('is refused with a problem report: %#', async (given, sentence) => {
    const app = await labelled();
    const { status, body, headers } = await app.post('/api/projects/7/explain', given);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'urn:sparrow:problem:bad-input',
      title: 'Bad Request',
      status: 400,
      detail: sentence,
      error: sentence,
      code: 'BAD_INPUT',
    });
  });

  test('a project that is not there is a problem report, on the protocol’s routes the error is Label Studio’s', async () => {
    const app = tryApp();
    const own = await app.post('/api/projects/99/explain', { text: 'x' });
    expect([own.status, own.body.code]).toEqual([404, 'NOT_FOUND']);
    const theirs = await app.post('/predict', {});
    expect([theirs.status, Object.keys(theirs.body)]).toEqual([400, ['error']]);
    expect(theirs.headers.get('content-type')).toBe('application/json');
  });
});

async function send(app: TryApp, form: { [name: string]: string }, headers: { [name: string]: string }) {
  const body = new URLSearchParams(form).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) };
  return app.request('/projects/7/activate', { method: 'POST', headers: { ...type, ...headers }, body });
}
