/** Pages that are open while the desk changes their chat, signs its visitors out, or erases them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

const api = (...args) => world.server.api(...args);
const source = () => `/1.0/content_sources/${world.chat.id}`;
const push = (visitor, ...command) => visitor.page.evaluate((one) => window._chatq.push(one), command);
/** Pages ask at a time of their own, within half a minute: these at once. */
const HEAD = '<script>Math.random = () => 0; var _chatq = []; window.told = []; ' +
  "['chat_shown', 'chat_closed'].forEach((name) => _chatq.push(['_onEvent', name, (data) => told.push(data.event)]));</script>";
const visits = async () => {
  const visitor = await world.visit({ head: HEAD });
  await visitor.page.getByTestId('launcher').click();
  await visitor.page.getByTestId('composer').waitFor();
  return visitor;
};
const colour = (visitor) =>
  visitor.page.getByTestId('launcher').evaluate((button) => getComputedStyle(button).backgroundColor);
const title = (visitor) => visitor.page.locator('.title').innerText();
const focused = (visitor) =>
  visitor.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.dataset.testid);

test('an open page takes up what is changed, and nothing of the conversation goes', { timeout: 90_000 }, async () => {
  const visitor = await visits();
  await says(visitor, 'Is it blue?');
  const [before, heading] = [await colour(visitor), await title(visitor)];
  await api('PUT', source(), { color: 4, name: 'The new name', emoji_picker: false });
  await until(async () => (await colour(visitor)) !== before, 'it has the new colour');
  await visitor.sees('Is it blue?');
  await until(async () => (await title(visitor)) === heading, 'the same conversation is in front');
  assert.equal(await visitor.page.locator('.subtitle').innerText(), 'The new name');
  await visitor.page.getByTestId('emoji').waitFor({ state: 'detached' });
  assert.equal(await focused(visitor), 'composer');
  await says(visitor, 'Now it is.');
  assert.equal((await visitor.page.evaluate(() => window.told)).filter((one) => one === 'chat_shown').length, 1);
  assertWhole(visitor.page);
});

test('who is writing is not disturbed', { timeout: 90_000 }, async () => {
  const visitor = await visits();
  await visitor.page.getByTestId('composer').pressSequentially('Half a sent');
  const [before, asked] = [await colour(visitor), visitor.page.waitForResponse(/\/config$/)];
  await api('PUT', source(), { color: 5 });
  await asked;
  await visitor.page.getByTestId('composer').pressSequentially('ence');
  assert.equal(await colour(visitor), before);
  assert.equal(await visitor.page.getByTestId('composer').inputValue(), 'Half a sentence');
  await visitor.page.keyboard.press('Enter');
  await visitor.hasState('Half a sentence', 'sent');
  await until(async () => (await colour(visitor)) !== before, 'it has the new colour once that is sent');
  await visitor.sees('Half a sentence');
  assertWhole(visitor.page);
});

test('who was cut off takes up what they have missed', { timeout: 90_000 }, async () => {
  const visitor = await visits();
  const before = await colour(visitor);
  await visitor.page.context().setOffline(true);
  await api('PUT', source(), { color: 6 });
  await visitor.page.context().setOffline(false);
  await until(async () => (await colour(visitor)) !== before, 'it has the new colour');
  assertWhole(visitor.page);
});

test('a chat that is switched off goes from open pages', { timeout: 90_000 }, async () => {
  const chat = world.chat;
  world.chat = await makeChat(world.server, { name: 'For a while' });
  const visitor = await visits();
  await says(visitor, 'Still there?');
  await api('PUT', source(), { active: false });
  await visitor.page.getByTestId('panel').waitFor({ state: 'detached' });
  await visitor.page.getByTestId('launcher').waitFor({ state: 'detached' });
  assert.deepEqual(await visitor.page.evaluate(() => window.told), ['chat_shown', 'chat_closed']);
  world.chat = chat;
  assertWhole(visitor.page);
});

test('who is forgotten in a browser is nobody on the server either', { timeout: 90_000 }, async () => {
  const visitor = await visits();
  await says(visitor, 'Who am I?');
  const key = await visitor.page.evaluate((name) => localStorage[name], `hubbub:${world.chat.token}:visitor`);
  const unread = () =>
    fetch(`${world.server.url}/chat/${world.chat.token}/unread`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal((await unread()).status, 200);
  // The page is left at once, as sites do when somebody signs out.
  await visitor.page.evaluate(() => {
    window._chatq.push(['_reset']);
    location.href = 'about:blank';
  });
  await until(async () => (await unread()).status === 401, 'the key is void');
  assertWhole(visitor.page);
});

test('what is erased goes from open pages', { timeout: 90_000 }, async () => {
  const visitor = await visits();
  await push(visitor, '_setIdentity', { screenname: 'Erica' });
  await says(visitor, 'My number is 17');
  const { records } = await api('GET', '/1.0/contents?limit=20');
  const { author_id } = records.find((one) => one.body === 'My number is 17');
  const key = () => visitor.page.evaluate((name) => localStorage[name], `hubbub:${world.chat.token}:visitor`);
  const before = await key();
  await api('DELETE', `/1.0/identities/${author_id}`);
  await visitor.message('My number is 17').waitFor({ state: 'detached' });
  await until(async () => (await key()) !== before, 'they are somebody new');
  await visitor.sees('Welcome! Ask us anything.');
  await says(visitor, 'Somebody else');
  assertWhole(visitor.page);
});

test('a page whose site is not among those with the chat says why', { timeout: 60_000 }, async () => {
  const chat = world.chat;
  world.chat = await makeChat(world.server, { name: 'Elsewhere', allowed_domains: ['www.shop.test'] });
  const visitor = await world.visit({ bare: true });
  const said = [];
  visitor.page.on('console', (message) => message.type() === 'warning' && said.push(message.text()));
  await visitor.page.goto(world.add());
  await until(() => said.length > 0, 'it is told');
  assert.match(said[0], /No chat: this site is not among those with the chat.*allowed_domains/);
  assert.equal(await visitor.page.getByTestId('launcher').count(), 0);
  assert.equal(said.length, 1);
  world.chat = chat;
  assertWhole(visitor.page);
});
