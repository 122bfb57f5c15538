/** What is too long for its place is on two lines, or can be read all the same; nowhere is it simply cut. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

const WIDTHS = [375, 1024, 1280, 1400, 1920];
let server, browser, page, thread;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server, { name: 'Boutique de plantes et de fleurs', mode: 'live_chat' });
  const ada = await visitor(server, chat, 'Augusta Ada Byron, Countess of Lovelace', { lastname: 'King-Noel Byron' });
  ({ thread } = await ada('I have a question about the watering of my plants'));
  await server.api('POST', '/1.0/folders', { label: 'Réclamations et remboursements', query: 'status_in:new' });
  for (const name of ['Réclamations', 'Remboursements', 'Livraisons'])
    await server.api('POST', '/1.0/categories', { name });
  const { records } = await server.api('GET', '/1.0/categories');
  const ids = { thread_category_ids: records.map(({ id }) => id) };
  await server.api('PUT', `/1.0/content_threads/${thread.id}/update_categories`, ids);
  ({ page } = await new Agent(await person(browser), server).signIn(ADMIN));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Texts that are cut, of those that a selector finds: all of them, or those alone that no title tells whole. */
const cut = (selector, whole) =>
  page.evaluate(
    ([selector, whole]) => {
      const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1;
      const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      const isCut = (one) =>
        getComputedStyle(one).overflow !== 'visible' &&
        (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2);
      /** What reaches out of what is around it is cut there. */
      const isHidden = (one) => {
        const own = one.getBoundingClientRect();
        for (let around = one.parentElement; around && around !== document.body; around = around.parentElement) {
          const { overflowX } = getComputedStyle(around);
          const { left, right } = around.getBoundingClientRect();
          if (overflowX === 'hidden' || overflowX === 'clip') {
            if (own.left < left - 1 || own.right > right + 1) return true;
          } else if (overflowX !== 'visible') return false;
        }
        return own.right > innerWidth + 1;
      };
      return [...document.querySelectorAll(`:is(${selector}) *`)]
        .filter((one) => shown(one) && says(one) && (isCut(one) || isHidden(one)))
        .filter((one) => whole || !one.closest('[title]'))
        .map((one) => one.textContent.trim());
    },
    [selector, whole],
  );

async function check(name) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await shot(page, `cut-${name}-${width}`.replace(/\W+/g, '-'));
    // Names of places are few: all of each is read at once.
    assert.deepEqual(await cut('nav .entry', true), [], `${name}, navigation at ${width}`);
    if (width >= 760) assert.deepEqual(await cut('.admin nav a', true), [], `${name}, administration at ${width}`);
    assert.deepEqual(await cut('[data-testid=thread-view] header', false), [], `${name}, conversation at ${width}`);
    assert.deepEqual(await cut('.list-pane header', false), [], `${name}, list at ${width}`);
  }
}

for (const language of ['en', 'fr']) {
  test(`nothing is cut in ${language}`, { timeout: 120_000 }, async (t) => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${server.url}/inbox/unassigned`);
    await page.getByTestId('user-menu').click();
    await page.getByTestId(`locale-${language}`).click();
    await until(async () => (await page.locator('html').getAttribute('lang')) === language, 'the page speaks it');
    await t.test('where a live chat waits', async () => {
      await page.goto(`${server.url}/inbox/unassigned/${thread.id}`);
      await page.getByTestId('live-state').waitFor();
      await check(`${language} waiting`);
    });
    await t.test('where it is one’s own', async () => {
      if (await page.getByTestId('take').count()) await page.getByTestId('take').click();
      await page.locator('[data-testid=thread-state][data-state=yours]').waitFor();
      await check(`${language} own`);
    });
    await t.test('in the administration, and of who is on the site', async () => {
      await page.goto(`${server.url}/admin/variables`);
      await page.getByTestId('admin-variables').waitFor();
      await check(`${language} admin`);
      await page.goto(`${server.url}/visitors`);
      await page.getByTestId('visitors-none').waitFor();
      await check(`${language} visitors`);
    });
    assertWhole(page);
  });
}
