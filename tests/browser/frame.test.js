/** The chat as a page of its own, in a frame of a site's page that says in the frame's address who the visitor is. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertWhole, launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { page as html, Site } from './support/site.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

const SECRET = '0123456789abcdef01234567';
let server, browser, chat, site;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const settings = { allowed_domains: ['localhost'], page_before_engaging: true };
  chat = await makeChat(server, { name: 'Framed chat', signed: 'required', ...settings });
  const keys = `/1.0/communities/${chat.community.id}/jwt_keys`;
  await server.api('POST', keys, { key_id: 'web', algorithm: 'HS256', key: SECRET });
  const framed = () => `<iframe title="Chat" style="width: 400px; height: 600px" src="${address()}"></iframe>`;
  site = await Site.serve(() => ({ body: html({ body: framed() }) }));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

function token(seconds = 3600) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { uuid: 'ada', firstname: 'Ada', exp: Math.floor(Date.now() / 1000) + seconds };
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'web' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

/** Whether the page says who the visitor is. */
let named = true;

function address() {
  return `${server.url}/chat/${chat.token}/web?${named ? `jwt_identity=${token()}&amp;` : ''}custom_plan=gold&amp;from=shop#help`;
}

const frameOf = (page) => page.frames().find((frame) => frame !== page.mainFrame());

test('who the visitor is leaves the address, is told to nobody, and outlives that the frame is loaded again', { timeout: 60_000 }, async () => {
  const page = await person(browser);
  await page.goto(site.url);
  const chatOf = page.frameLocator('iframe');
  await chatOf.getByTestId('composer').fill('Hello from the frame');
  assert.equal(frameOf(page).url(), `${server.url}/chat/${chat.token}/web?from=shop#help`);
  await chatOf.getByTestId('send').click();
  const thread = async () => (await server.api('GET', '/1.0/content_threads?limit=1')).records[0];
  await until(async () => (await thread())?.extra_data.page_url, 'the message is there');
  const { page_url, custom_plan } = (await thread()).extra_data;
  assert.deepEqual([page_url, custom_plan], [`${server.url}/chat/${chat.token}/web?from=shop#help`, 'gold']);
  await frameOf(page).evaluate(() => location.reload());
  // Some browsers keep nothing for a frame of another site: then it is in the list.
  await chatOf.getByText('Hello from the frame').first().waitFor();
  assertWhole(page);
});

test('the page around it renews the token, and nobody else does', { timeout: 60_000 }, async () => {
  const page = await person(browser);
  const given = [];
  page.on('request', (request) => request.url().endsWith('/session') && given.push(request.postDataJSON()?.jwt));
  await page.goto(site.url);
  await page.frameLocator('iframe').getByTestId('panel').waitFor();
  await until(() => given.length, 'it has begun');
  const said = (jwt) => ({ hubbub: 1, type: 'jwt', jwt });
  const tell = (message) => page.evaluate((one) => document.querySelector('iframe').contentWindow.postMessage(one, '*'), message);
  const [stranger, renewed] = [token(7000), token(7200)];
  await frameOf(page).evaluate((one) => window.postMessage(one, '*'), said(stranger));
  for (const one of [null, 'text', { ...said(stranger), hubbub: 2 }, { ...said(stranger), type: 'other' }, said({})]) await tell(one);
  await tell(said(renewed));
  await until(() => given.includes(renewed), 'it is renewed');
  // It is still so when the frame is loaded again.
  await frameOf(page).evaluate(() => location.reload());
  await until(() => given.filter((one) => one === renewed).length === 2, 'it is kept');
  assert.ok(!given.includes(stranger));
  assertWhole(page);
});

test('who has no token where one is required is told so, until there is one', { timeout: 60_000 }, async () => {
  const page = await person(browser);
  named = false;
  await page.goto(site.url);
  named = true;
  const chatOf = page.frameLocator('iframe');
  await chatOf.locator('[data-phase=refused]').waitFor();
  const jwt = token();
  await page.evaluate((one) => document.querySelector('iframe').contentWindow.postMessage({ hubbub: 1, type: 'jwt', jwt: one }, '*'), jwt);
  await chatOf.getByText('Hello from the frame').first().waitFor();
  assertWhole(page);
});

test('a site that the chat does not stand on cannot frame it', { timeout: 60_000 }, async () => {
  await server.api('PUT', `/1.0/content_sources/${chat.id}`, { allowed_domains: ['shop.test'] });
  const page = await person(browser);
  const refused = page.waitForEvent('console', (told) => told.text().includes('frame-ancestors'));
  await page.goto(site.url);
  await refused;
  assert.equal(await page.frameLocator('iframe').getByTestId('composer').count(), 0);
});
