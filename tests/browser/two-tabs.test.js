/** One visitor with the chat in two tabs, where there may be one conversation alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The two tabs, each with the chat open and nothing said. `cut`: the second one hears nothing by its socket. */
async function tabs(t, settings, { cut = false } = {}) {
  const chat = await makeChat(server, settings);
  const site = await Site.start(snippet(server.url, chat.token));
  t.after(() => site.stop());
  const page = await person(browser);
  const other = await page.context().newPage();
  if (cut) await other.routeWebSocket('**/socket', (socket) => void socket.onMessage(() => {}));
  other.errors = [];
  other.on('pageerror', (error) => other.errors.push(error.message));
  const first = await new Visitor(page).visit(site.url);
  await first.openChat();
  const second = await new Visitor(other).visit(site.url);
  await second.openChat();
  t.after(() => [page, other].forEach(assertWhole));
  return [first, second];
}

const ONE = { name: 'One conversation', max_open_conversations: 1 };
const LIVE = { name: 'One live chat', mode: 'live_chat' };

for (const settings of [ONE, LIVE]) {
  test(`${settings.name}: what is begun in one tab goes on in the other one, with what is being written there`, { timeout: 60_000 }, async (t) => {
    const [first, second] = await tabs(t, settings);
    await first.say('Begun in the first');
    await second.page.getByTestId('composer').fill('Half a sen');
    await second.sees('Begun in the first');
    assert.equal(await second.page.getByTestId('composer').inputValue(), 'Half a sen');
    await second.say('And on in the second');
    await first.sees('And on in the second');
    await second.hasState('And on in the second', 'sent');
    assert.deepEqual(await first.texts(), await second.texts());
  });
}

test('what a tab says that has not heard of the conversation goes on in that', { timeout: 60_000 }, async (t) => {
  const [first, second] = await tabs(t, { ...ONE, name: 'One, not heard of' }, { cut: true });
  await first.say('Begun in the first');
  await first.hasState('Begun in the first', 'sent');
  await second.say('Said in the second');
  await second.hasState('Said in the second', 'sent');
  await second.sees('Begun in the first');
  await first.sees('Said in the second');
  await second.page.reload();
  await second.sees('Said in the second');
  assert.deepEqual(await first.texts(), await second.texts());
});

test('what is written while the first message is under way is there after a reload', { timeout: 60_000 }, async (t) => {
  const [first] = await tabs(t, { name: 'Several conversations' });
  const { page } = first;
  let release;
  const held = new Promise((done) => (release = done));
  await page.route('**/messages', async (route) => {
    await held;
    await route.continue();
  });
  await first.say('Under way');
  await page.getByTestId('composer').fill('What comes next');
  release();
  await first.hasState('Under way', 'sent');
  await page.reload();
  await first.sees('Under way');
  await until(async () => (await page.getByTestId('composer').inputValue()) === 'What comes next', 'the draft is there');
  assertWhole(page);
});
