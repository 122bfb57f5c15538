/** Ten thousand conversations in the inbox. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

const THREADS = 10_000;
/** How many rows may be in the document: what fits on a screen, and some around it. */
const ROWS = 60;

let server, browser, agent;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server);
  for (const name of ['Ada', 'Bo', 'Cy']) {
    const write = await visitor(server, chat, name);
    for (let number = 0; number < 20; number++) await write(`Question ${number} of ${name}`);
  }
  await server.kill();
  await promisify(execFile)('python3', [
    join(import.meta.dirname, 'support/multiply.py'),
    join(server.folder, 'hubbub.sqlite3'),
    String(THREADS),
  ]);
  await server.up();
  agent = new Agent(await person(browser), server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('ten thousand conversations scroll to the end', { timeout: 90_000 }, async (t) => {
  const { page } = agent;
  await page.addInitScript(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await agent.signIn(ADMIN);
  const rows = page.getByTestId('thread-row');
  await rows.first().waitFor();
  assert.equal(await page.getByTestId('count-unassigned').innerText(), '9,999+');
  const { records } = await server.api('GET', '/1.0/content_threads?limit=1');
  const viewport = await rows.first().evaluateHandle((row) => row.closest('ol').parentElement);
  let most = 0;
  for (const part of [0.25, 0.5, 0.75, 1]) {
    await viewport.evaluate((box, part) => (box.scrollTop = box.scrollHeight * part), part);
    await until(async () => {
      const [seen, holes] = await viewport.evaluate((box) => {
        const { top, bottom } = box.getBoundingClientRect();
        const shown = [...box.querySelectorAll('li')].filter((row) => {
          const place = row.getBoundingClientRect();
          return place.bottom > top && place.top < bottom;
        });
        return [shown.length, shown.filter((row) => !row.querySelector('[data-testid=thread-row]')).length];
      });
      return seen > 3 && holes === 0;
    }, `the rows at ${part} of the list`);
    most = Math.max(most, await viewport.evaluate((box) => box.querySelectorAll('li').length));
  }
  assert.ok(most <= ROWS, `${most} rows in the document`);
  const last = rows.last();
  assert.equal(await last.getAttribute('data-thread-id'), records[0].id, 'who has waited shortest is the last');
  assert.equal(await last.locator('xpath=..').getAttribute('aria-posinset'), String(THREADS));
  await shot(page, 'list-end');
  await last.click();
  await page.getByTestId('history').waitFor();
  // The keys go on where what has been fetched ends, and the list with them.
  const edge = await server.api('GET', '/console/threads?folder=unassigned&offset=99&limit=2');
  const [before, beyond] = edge.records.map((one) => one.id);
  await page.goto(`${server.url}/inbox/unassigned/${before}`);
  await page.locator(`[data-testid=thread-view][data-thread-id="${before}"][aria-busy=false]`).waitFor();
  await rows.first().waitFor();
  await page.getByTestId('history').focus();
  await page.keyboard.press('j');
  await page.waitForURL(`**/${beyond}`);
  await page.locator(`[data-testid=thread-row][data-thread-id="${beyond}"][aria-current=true]`).waitFor();
  t.diagnostic(`most rows at once: ${most}; longest task: ${await page.evaluate(() => Math.round(window.longest))} ms`);
  assertWhole(page);
});
