/** Erasing a person from beside their conversation: what is said before, what has to be typed, and what is left. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, page, said, nora;
const get = (name) => page.getByTestId(name);

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server);
  said = await (await visitor(server, chat, 'Ada Byron'))('My parcel is number 17');
  nora = await makeUser(server, 'Nora', 'Lindholm');
  await server.api('PUT', `/1.0/users/${nora.id}/sources_permissions`, { [chat.id]: 'read,reply' });
  page = await person(browser, { locale: 'en-US' });
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a person is erased once their name was typed, and the conversation says so', { timeout: 120_000 }, async () => {
  await page.goto(`${server.url}/inbox/unassigned/${said.thread.id}`);
  await get('erase-person').focus();
  await page.keyboard.press('Enter');
  await get('erase-dialog').waitFor();
  for (const width of [375, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await shot(page, `erase-${width}`);
    await accessible(page);
  }
  assert.ok(await get('erase-name').evaluate((one) => one === document.activeElement), 'one types at once');
  assert.ok(await get('erase-confirm').isDisabled());
  await page.keyboard.type('Ada');
  assert.ok(await get('erase-confirm').isDisabled());
  await page.keyboard.press('Enter');
  assert.equal((await server.api('GET', `/1.0/contents/${said.message.id}`)).body, 'My parcel is number 17');
  await page.keyboard.type(' Byron');
  await page.keyboard.press('Enter');
  await page.getByText('This person was erased.').waitFor();
  await get('unseen').filter({ hasText: 'Erased' }).waitFor();
  assert.equal(await get('erase-person').count(), 0);
  assert.doesNotMatch(await page.locator('body').innerText(), /Ada|number 17/);
  await shot(page, 'erased');
  await accessible(page);
  await until(async () => (await server.api('GET', `/1.0/contents/${said.message.id}`)).anonymized, 'it is gone');
  assertWhole(page);
});

test('who may not erase people is not offered it', { timeout: 120_000 }, async () => {
  const other = await person(browser, { locale: 'en-US' });
  await new Agent(other, server).signIn(nora);
  await other.goto(`${server.url}/inbox/unassigned/${said.thread.id}`);
  await other.getByTestId('person-panel').waitFor();
  assert.equal(await other.getByTestId('erase-person').count(), 0);
  assertWhole(other);
});
