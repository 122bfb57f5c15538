/** A reply that a third party did not take, or may have: its agent sends it again, or says that it has arrived. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { makeUser } from './support/world.js';

let server, browser, forum, third, nora;
/** What the third party answers to the next requests, one each; then it takes them. */
const answers = [];
const got = [];

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  third = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const asked = JSON.parse(body);
    if (asked.action === 'implementation.info') {
      response.end(JSON.stringify({ objects: { messages: ['create'] }, options: [] }));
      return;
    }
    got.push(asked);
    response.end(JSON.stringify(answers.shift() ?? { id: `theirs-${got.length}` }));
  }).listen(0, '127.0.0.1');
  await once(third, 'listening');
  const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Members of the forum' });
  const endpoint_url = `http://127.0.0.1:${third.address().port}/sdk`;
  const given = { type: 'sdk', name: 'Forum', community_id: community.id, endpoint_url };
  forum = await server.api('POST', '/1.0/content_sources', given);
  nora = new Agent(await person(browser), server);
  await nora.signIn(await makeUser(server, 'Nora', 'Lindholm'));
});

after(async () => {
  await browser?.close();
  third?.closeAllConnections();
  third?.close();
  await server?.stop();
});

async function says(id, body) {
  const params = { id, thread_id: `t-${id}`, author: { id: 'ada', screenname: 'Ada' }, body };
  const sent = JSON.stringify({ action: 'messages.create', params });
  const signature = createHmac('sha512', forum.access_token).update(sent).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-smccsdk-signature': signature };
  const response = await fetch(`${server.url}/realtime/sdk/${forum.id}`, { method: 'POST', headers, body: sent });
  assert.equal(await response.text(), 'ok');
}

const state = (text, name) => nora.message(text).locator(`[data-testid=delivery][data-state=${name}]`);

test('what did not arrive is sent again', { timeout: 60_000 }, async () => {
  await says('1', 'Where is my parcel?');
  await nora.open('Where is my parcel?');
  await nora.engage();
  answers.push({ error: { fatal: true, message: 'You are banned.' } });
  await nora.reply('On its way.');
  await state('On its way.', 'error').filter({ hasText: 'You are banned.' }).waitFor();
  await shot(nora.page, 'exports-error');
  assert.equal(await nora.message('On its way.').getByTestId('it-arrived').count(), 0);
  await nora.message('On its way.').getByTestId('send-again').click();
  await nora.hasState('On its way.', 'sent');
  await nora.message('On its way.').getByTestId('send-again').waitFor({ state: 'detached' });
  assert.deepEqual(got.map(({ params }) => params.retry), [false, true]);
  assertWhole(nora.page);
});

test('of what may have arrived the agent says which it is', { timeout: 60_000 }, async () => {
  answers.push({ error: { fatal: true, message: 'Gone.' } });
  await nora.reply('Look behind the shed.');
  await state('Look behind the shed.', 'error').waitFor();
  // As sources have it that show twice what they get twice, of which there is none yet.
  let arrived = 0;
  await nora.page.route('**/console/threads/*', async (route) => {
    const response = await route.fetch();
    const page = await response.json();
    for (const content of page.contents ?? [])
      if (content.body === 'Look behind the shed.') content.may_have_arrived = arrived === 0;
    await route.fulfill({ response, json: page });
  });
  await nora.page.route('**/1.0/contents/*/mark_as_sent', async (route) => {
    arrived += 1;
    await route.fulfill({ json: {} });
  });
  await nora.page.reload();
  await state('Look behind the shed.', 'unknown').filter({ hasText: 'may have arrived' }).waitFor();
  await shot(nora.page, 'exports-unknown');
  await nora.page.emulateMedia({ colorScheme: 'dark' });
  await shot(nora.page, 'exports-unknown-dark');
  assert.equal(await nora.message('Look behind the shed.').getByTestId('send-again').count(), 1);
  await nora.message('Look behind the shed.').getByTestId('it-arrived').press('Enter');
  await state('Look behind the shed.', 'unknown').waitFor({ state: 'detached' });
  assert.equal(arrived, 1);
});
