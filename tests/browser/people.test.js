/** The list of all customers, and the page of one: by keyboard, on a phone, in French. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
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

const rows = () => page.getByTestId('person');
const names = () => rows().locator('strong').allTextContents();

test('people', { timeout: 180_000 }, async (t) => {
  const write = {};
  await t.test('whoever writes stands in the list, the last one first', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.getByTestId('people-none').waitFor();
    assert.match(await page.title(), /^People · /);
    await accessible(page);
    for (const name of ['Ada', 'Ben', 'Cleo']) {
      write[name] = await visitor(server, chat, name);
      await write[name](`${name} asks`);
    }
    await until(async () => (await names()).join() === 'Cleo,Ben,Ada', 'all are in the list');
    await write.Ada('Ada asks once more');
    await until(async () => (await names())[0] === 'Ada', 'who has just written is first');
    await shot(page, 'people');
    await accessible(page);
  });

  await t.test('a text finds one, and their page has all conversations and what is known', async () => {
    await page.getByTestId('people-search').fill('cle');
    await until(async () => (await names()).join() === 'Cleo', 'she is found');
    assert.match(page.url(), /\/people\?text=cle$/);
    await page.getByTestId('people-search').fill('nobody of that name');
    await page.getByTestId('people-none').waitFor();
    await page.goBack();
    await page.goto(`${server.url}/people?text=cle`);
    await rows().waitFor();
    // By keyboard alone: into the field, down to the line, into it, and back.
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Cleo' }).waitFor();
    await page.keyboard.press('Escape');
    await rows().waitFor();
    assert.match(page.url(), /\/people\?text=cle$/, 'the search is still there');
    await page.getByTestId('people-search').press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Cleo' }).waitFor();
    await page.getByTestId('person-thread').filter({ hasText: 'Cleo asks' }).waitFor();
    await page.getByTestId('edit-person').click();
    const form = page.getByTestId('person-form');
    await form.getByTestId('field-notes').fill('Likes ferns');
    await form.getByTestId('save').click();
    await form.waitFor({ state: 'detached' });
    await page.getByText('Likes ferns').waitFor();
    await accessible(page);
    await shot(page, 'person-page');
    // What they write meanwhile is there, too.
    await write.Cleo('And one thing more');
    await page.getByTestId('person-thread').first().click();
    await page.getByTestId('thread-view').waitFor();
    await page.getByTestId('to-person').click();
    await page.getByRole('heading', { level: 1, name: 'Cleo' }).waitFor();
    await page.getByTestId('to-people').click();
    await rows().first().waitFor();
    await until(async () => (await names())[0] === 'Cleo', 'she has just written');
  });

  await t.test('an address of somebody who is not there says so', async () => {
    await page.goto(`${server.url}/people/0123456789abcdef01234567`);
    await page.getByTestId('person-gone').waitFor();
    await page.getByTestId('to-people').click();
    await rows().first().waitFor();
  });

  await t.test('further pages come when they are asked for', async () => {
    for (let n = 0; n < 50; n += 1) await (await visitor(server, chat, `Guest ${n}`))(`Question ${n}`);
    await page.reload();
    await until(async () => (await rows().count()) === 50, 'a page of them');
    await page.getByTestId('people-more').click();
    await until(async () => (await rows().count()) === 53, 'all of them');
    assert.equal(await page.getByTestId('people-more').count(), 0);
    // Somebody writes: nobody is lost of those that were fetched.
    await write.Ben('Ben again');
    await until(async () => (await names())[0] === 'Ben', 'he is first');
    assert.equal(new Set(await names()).size, 53);
  });

  await t.test('on a phone, in French', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await page.getByRole('heading', { level: 1, name: 'Personnes' }).waitFor();
    await accessible(page);
    await shot(page, 'people-phone');
    await rows().first().click();
    await page.getByRole('heading', { level: 1, name: 'Ben' }).waitFor();
    await accessible(page);
    await shot(page, 'person-page-phone');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false);
  });
  assertWhole(page);
});
