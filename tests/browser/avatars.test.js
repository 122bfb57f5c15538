/** Pictures of customers: an agent's browser asks the desk for them, and nobody else. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
import { accessible } from './support/accessible.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, visitor } from './support/world.js';

/** A picture of one red dot. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

let server, browser, chat, agent, page, outside;
const asked = [];

before(async () => {
  outside = createServer((request, response) => {
    asked.push({ path: request.url, agent: request.headers['user-agent'] });
    if (request.url !== '/ann.png') return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
  });
  await new Promise((done) => outside.listen(0, '127.0.0.1', done));
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  outside?.close();
});

test('a picture comes by the desk, and initials stand where there is none', { timeout: 90_000 }, async () => {
  const browserAsked = [];
  page.on('request', (request) => browserAsked.push(new URL(request.url())));
  const at = (name) => `http://127.0.0.1:${outside.address().port}/${name}`;
  for (const [name, picture] of [
    ['Ann Smith', 'ann.png'],
    ['Bob Jones', 'gone.png'],
  ]) {
    const write = await visitor(server, chat, name, { avatar_url: at(picture) });
    await write(`I am ${name}`);
  }
  await agent.goTo('unassigned');
  const row = (name) => page.getByTestId('thread-row').filter({ hasText: name });
  await until(
    () => row('Ann Smith').locator('.avatar img').evaluate((img) => img.complete && img.naturalWidth === 1),
    'the picture',
  );
  assert.equal(await row('Ann Smith').locator('.avatar').innerText(), '');
  await until(async () => (await row('Bob Jones').locator('.avatar img').count()) === 0, 'no picture');
  assert.equal(await row('Bob Jones').locator('.avatar').innerText(), 'BJ');

  assert.deepEqual([...new Set(asked.map((one) => one.path))].sort(), ['/ann.png', '/gone.png']);
  assert.ok(asked.every((one) => one.agent.startsWith('Hubbub/')), JSON.stringify(asked));
  assert.ok(browserAsked.some((url) => url.pathname.startsWith('/console/avatars/')));
  assert.deepEqual(new Set(browserAsked.map((url) => url.host)), new Set([new URL(server.url).host]));
});

test('an agent gives a picture, and visitors see it', { timeout: 90_000 }, async () => {
  const visiting = new Visitor(await person(browser));
  const site = await Site.start(snippet(server.url, chat.token));
  try {
    await page.goto(`${server.url}/me`);
    await until(() => page.getByTestId('me-picture-choose').isEnabled(), 'it is known whether there is one');
    await page.getByTestId('me-picture-file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByTestId('me-picture-problem').waitFor();
    await page.getByTestId('me-picture-file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: PNG });
    const shown = page.getByTestId('me-picture').locator('.avatar img');
    await until(() => shown.evaluate((img) => img.complete && img.naturalWidth === 1), 'it is shown');
    await accessible(page);
    await visiting.visit(site.url);
    await visiting.openChat();
    await visiting.say('Who is there?');
    await agent.goTo('unassigned');
    await agent.open('Who is there?');
    await agent.page.getByTestId('composer').pressSequentially('It is');
    const typing = visiting.page.getByTestId('typing').locator('img');
    await until(() => typing.evaluate((img) => img.complete && img.naturalWidth === 1), 'who types is shown');
    await agent.reply('It is me');
    await visiting.sees('It is me');
    const beside = visiting.page.locator('.row .avatar img').last();
    await until(() => beside.evaluate((img) => img.complete && img.naturalWidth === 1), 'and who has written');
    await page.goto(`${server.url}/me`);
    await page.getByTestId('me-picture-remove').click();
    await page.getByTestId('me-picture-remove').waitFor({ state: 'detached' });
  } finally {
    await site.stop();
  }
});
