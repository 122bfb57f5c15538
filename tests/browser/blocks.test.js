/** Keeping somebody's words out: on their page and by an address, what the visitor meets, and taking it back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

let server, browser, chat, agent, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const refused = (work) => assert.rejects(work, /403/);

test('blocking', { timeout: 120_000 }, async (t) => {
  const write = await visitor(server, chat, 'Mallory');
  const { thread } = await write('Buy my pills');

  await t.test('a person is blocked on their page', async () => {
    await page.goto(`${server.url}/people`);
    await page.getByTestId('person').click();
    await page.getByTestId('block-person').click();
    const form = page.getByTestId('block-form');
    await form.getByTestId('block-days').selectOption({ label: 'One week' });
    await form.getByLabel('Reason').fill('Spam');
    await accessible(page);
    await shot(page, 'block-person');
    await page.keyboard.press('Enter');
    await form.waitFor({ state: 'detached' });
    await page.getByTestId('person-blocked').getByText('Spam').waitFor();
    assert.equal(await page.getByTestId('block-person').count(), 0);
    await refused(write('Buy them now', thread.id));
    await page.reload();
    await page.getByTestId('person-blocked').getByText('1 message kept out').waitFor();
    await accessible(page);
    await shot(page, 'person-blocked');
  });

  await t.test('who is blocked is in a list, with addresses and networks', async () => {
    await page.getByTestId('to-people').click();
    await page.getByTestId('to-blocked').click();
    await page.getByRole('heading', { level: 1, name: 'Blocked' }).waitFor();
    assert.equal(await page.getByTestId('block').count(), 1);
    await page.getByTestId('block-other').click();
    const form = page.getByTestId('block-form');
    await form.getByTestId('block-kind').selectOption('network');
    await form.getByLabel('Network', { exact: true }).fill('0.0.0.0/0');
    await form.getByTestId('save').click();
    await form.locator('.error').waitFor();
    await accessible(page);
    await shot(page, 'block-network');
    await form.getByLabel('Network', { exact: true }).fill('203.0.113.0/24');
    await form.getByTestId('save').click();
    await form.waitFor({ state: 'detached' });
    await until(async () => (await page.getByTestId('block').count()) === 2, 'both are there');
    await accessible(page);
    await shot(page, 'blocked');
  });

  await t.test('taking it back lets them write again', async () => {
    const theirs = page.getByTestId('block').filter({ hasText: 'Mallory' });
    await theirs.getByTestId('unblock').click();
    await theirs.waitFor({ state: 'detached' });
    await write('I am sorry', thread.id);
    await page.getByTestId('blocks-past').click();
    await page.getByTestId('block').filter({ hasText: 'Mallory' }).getByText('Taken back by').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('person').waitFor();
  });

  await t.test('on a phone, in French, dark', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await page.getByTestId('user-menu').click();
    await page.getByTestId('theme-dark').click();
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/people/blocked`);
    await page.getByTestId('block').waitFor();
    await accessible(page);
    await shot(page, 'blocked-phone');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false);
    await page.getByTestId('block-other').click();
    await page.getByTestId('block-form').waitFor();
    await accessible(page);
    await shot(page, 'block-phone');
  });
});
