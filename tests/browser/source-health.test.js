/** How a third party fares, as an administrator sees it: what it can do, what does not work, what could not be taken in. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

let server, browser, third, page, blog;
/** How the third party answers, by what it is asked. */
const answers = {};
const info = { objects: { messages: ['list', 'create', 'pin'], threads: [] }, options: ['messages.text'], locales: { default: { pin: 'Pin to top' } } };
const message = (id, body) => ({ id, thread_id: '42', author: { id: 'ada', screenname: 'Ada' }, body });

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  third = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const { action, params } = JSON.parse(body);
    const answer = answers[action]?.(params) ?? [];
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(third, 'listening');
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  third?.closeAllConnections();
  third?.close();
  await server?.stop();
});

const get = (name) => page.getByTestId(name);

test('a connector is added, asked what it can do, and what it lists comes in', { timeout: 120_000 }, async () => {
  answers['implementation.info'] = () => '<?php warning';
  await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Readers' });
  await page.goto(`${server.url}/admin/sources/new`);
  await get('field-name').fill('Blog');
  await get('field-type').selectOption('sdk');
  await get('field-endpoint_url').fill(`http://127.0.0.1:${third.address().port}/sdk`);
  await get('field-import_from').selectOption('all');
  await get('save').click();
  await get('access-token').waitFor();
  blog = (await server.api('GET', '/1.0/content_sources')).records.find((source) => source.name === 'Blog');

  await get('test-source').click();
  await get('step-info').filter({ hasText: 'does not work' }).filter({ hasText: 'something else than JSON' }).waitFor();
  assert.match(await get('step-signature').innerText(), /works/);
  await shot(page, 'source-test-fails');
  answers['implementation.info'] = () => info;
  answers['messages.list'] = ({ since_id }) => (since_id ? [] : [message('2', 'x'.repeat(20_001)), message('1', 'Where is my parcel?')]);
  await get('test-again').click();
  await get('step-options').waitFor();
  await page.keyboard.press('Escape');
  await get('abilities').getByText('Pin to top').waitFor();
  assert.match(await get('abilities').innerText(), /messages\.text/);
  await shot(page, 'source-abilities');
});

test('what could not be taken in is tried again or dropped, and the state follows', { timeout: 120_000 }, async () => {
  const health = async () => (await server.api('GET', `/1.0/content_sources/${blog.id}`)).health;
  // Not within ten seconds of the last look.
  const asked = until(async () => (await health()).parked_items === 1, 'the list was taken in', 60_000);
  await get('check-now').click();
  await asked;
  await page.reload();
  await get('health-state').filter({ hasText: 'Works in part' }).waitFor();
  await get('health-reason').filter({ hasText: 'Look at it below' }).waitFor();
  await shot(page, 'source-parked');
  await get('parked-retry').click();
  await until(async () => (await server.api('GET', `/1.0/content_sources/${blog.id}/parked_items`)).records[0].attempts_count === 2, 'it was tried again');
  await get('parked-drop').click();
  await get('confirm').click();
  await get('parked').waitFor({ state: 'detached' });
  await get('health-state').filter({ hasText: /^Works$/ }).waitFor();
  await page.goto(`${server.url}/admin/sources`);
  await get('source-health').filter({ hasText: 'Works' }).waitFor();
  assertWhole(page);
});

test('a form of a source says what could not be had, and what there is none of', { timeout: 120_000 }, async () => {
  const communities = '**/1.0/communities?*';
  await page.route(communities, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":"unavailable","message":"away","status":503}' }));
  await page.goto(`${server.url}/admin/sources/new`);
  const empty = get('empty');
  await empty.getByText('The list cannot be shown').waitFor();
  assert.equal(await get('field-name').count(), 0, 'no form without its choices');
  await page.unroute(communities);
  // It may have tried again by itself meanwhile.
  await get('load-again').click({ timeout: 3_000 }).catch(() => {});
  await get('field-name').waitFor();
  // A kind without a community says what to do first.
  await get('field-type').selectOption('email');
  await page.getByText('Create a community of this kind first.').waitFor();
  await get('field-name').fill('Post');
  // What is written stays, also when what was there before cannot be had any more.
  await page.route('**/1.0/**', (route) => route.abort());
  await get('save').click();
  await page.getByText('Create a community of this kind first.').first().waitFor();
  assert.equal(await get('field-name').inputValue(), 'Post');
  await page.unroute('**/1.0/**');

  await server.api('POST', '/1.0/communities', { type: 'email', name: 'Writers' });
  const { records } = await server.api('GET', '/1.0/communities');
  const community = records.find(({ type }) => type === 'email').id;
  const box = await server.api('POST', '/1.0/content_sources', {
    type: 'email', name: 'Post', community_id: community, active: false, imap_smtp_email: 'desk@shop.test',
    imap_address: 'imap.shop.test', imap_username: 'desk', imap_password: 'secret',
  });
  let answer;
  await page.route('**/mailboxes', async (route) => route.fulfill(await new Promise((done) => (answer = done))));
  await page.goto(`${server.url}/admin/sources/${box.id}`);
  await get('ask-imap_mailboxes_to_import').click();
  await page.getByText('Asking the server…').waitFor();
  await until(() => answer, 'the question');
  answer({ json: { mailboxes: [] } });
  await page.getByText('The server names no mailboxes.').waitFor();
  await get('field-imap_mailboxes_to_import').waitFor();

  // What is parked and cannot be shown says so, and is there once it can.
  const parked = '**/parked_items?*';
  await page.route(parked, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":"unavailable","message":"away","status":503}' }));
  await page.goto(`${server.url}/admin/sources/${blog.id}`);
  await get('parked-failed').waitFor();
  await page.unroute(parked);
  await get('parked-failed').getByRole('button').click({ timeout: 3_000 }).catch(() => {});
  await get('parked-failed').waitFor({ state: 'detached' });
  assertWhole(page);
});
