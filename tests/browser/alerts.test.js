/** Sounds and notices of the browser: nothing rings or asks before the visitor has switched it on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { assertWhole, shot } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

/** A browser that notes what it is asked and told, of somebody who looks at something else. */
const HEAD = `<script>
  window.noted = [];
  window.Notification = class {
    static permission = 'default';
    static async requestPermission() {
      noted.push('asks' + (navigator.userActivation.isActive ? '' : ' without a press'));
      return (Notification.permission = 'granted');
    }
    constructor(title, { body }) {
      noted.push(title + ': ' + body);
      window.last = this;
    }
    close() {}
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    noted.push('tone');
    return start.call(this, at);
  };
  document.hasFocus = () => false;
</script>`;
const noted = (visitor) => visitor.page.evaluate(() => window.noted.splice(0));
const answer = async (text, body) => {
  const { records } = await world.server.api('GET', '/1.0/contents?limit=50');
  const { id } = records.find((one) => one.body === text);
  await world.server.api('POST', '/1.0/contents', { in_reply_to_id: id, body });
};

test('a visitor switches them on, by the keyboard too', { timeout: 90_000 }, async () => {
  world.chat = await makeChat(world.server, { name: 'With a bell', sounds: true, browser_notifications: true });
  const visitor = await world.visit({ head: HEAD });
  const { page } = visitor;
  await page.getByTestId('launcher').click();
  await page.getByTestId('composer').waitFor();
  await says(visitor, 'Is it here?');
  await answer('Is it here?', 'Not yet');
  await visitor.sees('Not yet');
  assert.deepEqual(await noted(visitor), []);

  await page.getByTestId('alerts').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('alerts-menu').waitFor();
  await accessible(page);
  await shot(page, 'alerts');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await until(() => page.evaluate(() => window.noted.includes('asks')), 'the browser asks, by that press');
  assert.deepEqual(await noted(visitor), ['tone', 'tone', 'asks']);
  await page.keyboard.press('Escape');
  await page.getByTestId('alerts-menu').waitFor({ state: 'detached' });
  assert.ok(await page.getByTestId('panel').isVisible(), 'Escape closes the menu alone');

  await answer('Is it here?', 'Now it is');
  await visitor.sees('Now it is');
  await until(() => page.evaluate(() => window.noted.length > 2), 'it is told');
  const told = await noted(visitor);
  assert.equal(told.filter((one) => one === 'tone').length, 2);
  assert.match(told.find((one) => one !== 'tone'), /: Now it is$/);
  // A press on it leads to the conversation.
  await visitor.closeChat();
  await page.evaluate(() => window.last.onclick());
  await visitor.sees('Now it is');

  // It stays so on the next page, and in another tab, of which one tells.
  await page.evaluate(() => localStorage.setItem('before', '1'));
  const tab = new Visitor(await page.context().newPage());
  await tab.visit(page.url());
  await tab.sees('Now it is');
  await tab.page.evaluate(() => (Notification.permission = 'granted'));
  await answer('Is it here?', 'And gone');
  await Promise.all([visitor.sees('And gone'), tab.sees('And gone')]);
  const both = async () => [...(await noted(visitor)), ...(await noted(tab))].filter((one) => one.includes('And gone'));
  const said = [];
  await until(async () => said.push(...(await both())) > 0 || said.length > 0, 'it is told');
  said.push(...(await both()));
  assert.equal(said.length, 1, `${said}`);
  assertWhole(page);
});

test('a chat that does not offer them has no bell', { timeout: 60_000 }, async () => {
  world.chat = await makeChat(world.server, { name: 'Without' });
  const visitor = await world.visit({ head: HEAD });
  await visitor.page.getByTestId('launcher').click();
  await visitor.page.getByTestId('composer').waitFor();
  assert.equal(await visitor.page.getByTestId('alerts').count(), 0);
  assertWhole(visitor.page);
});
