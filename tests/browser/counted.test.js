/** The page of figures: what it shows, where each figure leads, by keyboard, on a phone, in French; and one's own alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, chat, second, agent, page, nora, token;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  second = await makeChat(server, { name: 'Second chat' });
  nora = await makeUser(server, 'Nora', 'Lindholm');
  token = await makeToken(server, nora);
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const text = (testid) => page.getByTestId(testid).innerText();
const number = async (testid) => Number((await text(testid)).match(/\d+/)?.[0] ?? '0');
const total = (metric) => number(`total-${metric}`);

/** A customer asks, and Nora may answer and be done. */
async function conversation(where, name, { answered = false, done = false } = {}) {
  await (await visitor(server, where, name))(`${name} asks`);
  if (!answered) return;
  const found = await until(async () => {
    const threads = await server.api('GET', '/1.0/contents?limit=1');
    return threads.records[0]?.body === `${name} asks` && threads.records[0];
  }, 'the word is there');
  const opened = await server.api('POST', '/1.0/interventions', { content_id: found.id }, token);
  await server.api('POST', '/1.0/contents', { in_reply_to_id: found.id, body: 'Of course.' }, token);
  if (done) await server.api('PUT', `/1.0/interventions/${opened.id}/close`, {}, token);
}

test('figures', { timeout: 180_000 }, async (t) => {
  await t.test('on an empty desk say that there is nothing yet', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByTestId('figures-none').waitFor();
    assert.match(await page.title(), /^Figures · /);
    await accessible(page);
  });

  await t.test('come by themselves as customers write and are answered', async () => {
    await conversation(chat, 'Ada', { answered: true, done: true });
    await conversation(chat, 'Ben', { answered: true });
    await conversation(second, 'Cleo');
    await page.reload();
    await until(async () => (await total('conversations_new')) === 3, 'all three are counted');
    assert.equal(await total('first_response'), 2);
    assert.equal(await total('conversations_closed'), 1);
    assert.deepEqual(await Promise.all(['now-unassigned', 'now-open', 'now-waiting'].map(number)), [1, 2, 1]);
    await conversation(second, 'Dee');
    await until(async () => (await total('conversations_new')) === 4, 'the page follows');
    await page.getByTestId('figures-sources').getByText('Second chat').waitFor();
    await page.getByTestId('figures-people').getByText('Nora Lindholm').waitFor();
    await shot(page, 'figures');
    await accessible(page);
  });

  await t.test('each open what they count', async () => {
    await page.getByTestId('total-conversations_new').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'New conversations' }).waitFor();
    await until(async () => (await page.getByTestId('counted').count()) === 4, 'four of them');
    await shot(page, 'figures-list');
    await accessible(page);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByTestId('thread-view').getByText('Dee asks').waitFor();
    await page.goBack();
    await page.getByTestId('counted').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('figures-total').waitFor();
    await page.getByTestId('figures-sources').getByRole('link', { name: 'New, Second chat: 2' }).click();
    await until(async () => (await page.getByTestId('counted').count()) === 2, 'two of that source');
    await page.getByTestId('to-figures').click();
    await page.getByTestId('now-waiting').click();
    await until(async () => (await page.getByTestId('thread-row').count()) === 2, 'two wait');
    await page.goBack();
  });

  await t.test('of some days, of a source, of a person', async () => {
    await page.getByTestId('figures-source').selectOption({ label: 'Second chat' });
    await until(async () => (await total('conversations_new')) === 2, 'of the source');
    await page.getByTestId('days-28').click();
    assert.match(page.url(), /days=28/);
    await until(async () => (await page.getByTestId('figures-days').locator('tbody tr').count()) === 28, '28 days');
    await page.getByTestId('figures-source').selectOption({ label: 'All sources' });
    await page.getByTestId('figures-user').selectOption({ label: 'Nora Lindholm' });
    await until(async () => (await page.getByTestId('total-conversations_taken').count()) === 1, 'of Nora');
    assert.equal(await total('conversations_taken'), 2);
    await page.getByTestId('figures-user').selectOption({ label: 'Everybody' });
    // Days count when they are whole and fit together.
    await page.getByTestId('figures-from').fill('2020-01-01');
    await page.getByTestId('figures-to').focus();
    await page.getByRole('alert').waitFor();
    assert.match(page.url(), /days=28/);
    await page.getByTestId('figures-to').fill('2020-01-31');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/figures?from=2020-01-01&to=2020-01-31');
    await page.getByTestId('figures-none').waitFor();
    await page.goto(`${server.url}/figures?from=2020-01-01&to=2026-01-01`);
    await page.getByTestId('figures-wrong').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: '7 days' }).click();
  });

  await t.test('on a phone, in French, dark', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await page.getByTestId('user-menu').click();
    await page.getByTestId('theme-dark').click();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Chiffres' }).waitFor();
    await page.getByTestId('figures-people').waitFor();
    await accessible(page);
    await shot(page, 'figures-phone');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false);
    await page.getByTestId('total-first_response').click();
    await page.getByTestId('counted').first().waitFor();
    await accessible(page);
    await shot(page, 'figures-list-phone');
  });

  await t.test('an agent sees their own', async () => {
    const own = new Agent(await person(browser), server);
    await own.signIn(nora);
    await own.page.goto(`${server.url}/figures`);
    await own.page.getByRole('heading', { level: 1, name: 'Your figures' }).waitFor();
    await own.page.getByTestId('total-conversations_taken').waitFor();
    assert.equal(await own.page.getByTestId('figures-user').count(), 0);
    await accessible(own.page);
    await shot(own.page, 'figures-own');
  });
});
