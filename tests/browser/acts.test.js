/** What a source offers for its messages: in the message's menu, asked about first where it takes something away. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';

let server, browser, forum, third, admin;
/** What the third party answers to the next requests, one each; then it does what it is asked. */
const answers = [];
const got = [];

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  third = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const asked = JSON.parse(body);
    if (asked.action === 'implementation.info') {
      const all = ['create', 'publish', 'unpublish', 'mark_as_spam', 'delete'];
      return response.end(JSON.stringify({ objects: { messages: all }, options: [] }));
    }
    got.push(asked);
    return response.end(JSON.stringify((await answers.shift()) ?? {}));
  }).listen(0, '127.0.0.1');
  await once(third, 'listening');
  const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Members of the forum' });
  const endpoint_url = `http://127.0.0.1:${third.address().port}/sdk`;
  const given = { type: 'sdk', name: 'Forum', community_id: community.id, endpoint_url };
  forum = await server.api('POST', '/1.0/content_sources', given);
  admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  third?.closeAllConnections();
  third?.close();
  await server?.stop();
});

async function says(body, actions) {
  const params = { id: '1', thread_id: 't', author: { id: 'ada', screenname: 'Ada' }, body, actions };
  const sent = JSON.stringify({ action: 'messages.create', params });
  const signature = createHmac('sha512', forum.access_token).update(sent).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-smccsdk-signature': signature };
  const response = await fetch(`${server.url}/realtime/sdk/${forum.id}`, { method: 'POST', headers, body: sent });
  assert.equal(await response.text(), 'ok');
}

/** Chooses from the message's menu. */
async function choose(name) {
  await admin.message('Buy gold now').getByTestId('message-menu').click();
  await admin.page.getByTestId(`act-${name}`).click();
}

const acts = () => admin.message('Buy gold now').getByTestId('act');

test('a message has what its source offers for it', { timeout: 60_000 }, async () => {
  await says('Buy gold now', ['unpublish', 'mark_as_spam', 'delete']);
  await admin.open('Buy gold now');
  await admin.message('Buy gold now').getByTestId('message-menu').focus();
  await admin.page.keyboard.press('Enter');
  const items = admin.page.getByRole('menuitem');
  await items.first().waitFor();
  assert.deepEqual(await items.allInnerTexts(), ['Stop publishing', 'Mark as spam', 'Delete at the source']);
  await shot(admin.page, 'acts-menu');
  await admin.page.keyboard.press('Escape');
});

test('what is under way shows, and what was not done is asked for again', { timeout: 60_000 }, async () => {
  let answer;
  answers.push(new Promise((resolve) => (answer = resolve)));
  await choose('mark_as_spam');
  await acts().filter({ hasText: 'Mark as spam: under way…' }).waitFor();
  answer({ error: { fatal: true, message: 'Only moderators may.' } });
  await acts().filter({ hasText: 'Mark as spam: not done.' }).filter({ hasText: 'Only moderators may.' }).waitFor();
  await shot(admin.page, 'acts-failed');
  await admin.message('Buy gold now').getByTestId('act-again').click();
  await acts().waitFor({ state: 'detached' });
  assert.deepEqual(got.map(({ action }) => action), ['messages.mark_as_spam', 'messages.mark_as_spam']);
});

test('taking away asks first, and what is gone says so', { timeout: 60_000 }, async () => {
  await choose('delete');
  await admin.page.getByTestId('confirm-dialog').waitFor();
  await admin.page.keyboard.press('Escape');
  assert.equal(got.length, 2);
  await choose('delete');
  await admin.page.getByTestId('confirm').click();
  const gone = admin.message('Buy gold now').getByTestId('unseen').filter({ hasText: 'deleted at the source' });
  await gone.waitFor();
  assert.equal(got.at(-1).action, 'messages.delete');
  await admin.message('Buy gold now').getByTestId('message-menu').waitFor({ state: 'detached' });
  await shot(admin.page, 'acts-deleted');
  assertWhole(admin.page);
});
