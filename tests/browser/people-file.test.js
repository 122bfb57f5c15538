/** People in from a file and out into one: a dry run first, one bad line named, and the way back. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

let server, browser, agent, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  await server.api('POST', '/1.0/communities', { type: 'email', name: 'Customers by mail' });
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const file = (text) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') });
const number = async (what) => Number(await page.getByTestId(`import-${what}`).innerText());
const counts = () => Promise.all(['new', 'changed', 'same', 'refused'].map(number));
const saved = async (testid) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(testid).click()]);
  return readFile(await download.path(), 'utf8');
};

test('people and files', { timeout: 120_000 }, async (t) => {
  await t.test('what would become of each line is seen before anything is done', async () => {
    await page.goto(`${server.url}/people`);
    await page.getByTestId('to-import').click();
    await page.getByRole('heading', { level: 1, name: 'Import people' }).waitFor();
    await page.getByTestId('import-file').setInputFiles(file('E-mail;Pr\xe9nom;Soci\xe9t\xe9\r\nzoe@shop.test;Zo\xeb;Lee\r\nnobody;Bo;\r\ncy@shop.test;Cy;\r\n'));
    await until(async () => (await page.getByTestId('import-column').count()) === 3, 'three columns');
    assert.deepEqual(await page.getByTestId('import-column').evaluateAll((all) => all.map((one) => one.value)), ['identifier', 'firstname', 'company']);
    await accessible(page);
    await page.getByTestId('import-check').click();
    await page.getByTestId('import-results').waitFor();
    assert.deepEqual(await counts(), [2, 0, 0, 1]);
    await page.getByTestId('import-refusal').filter({ hasText: 'Line 3' }).waitFor();
    await shot(page, 'import');
    await accessible(page);
    assert.equal((await server.api('GET', '/1.0/identities')).count, 0);
    assert.match(await saved('save-refused'), /nobody,Bo,,/);
    await page.getByTestId('import-go').click();
    await page.getByRole('heading', { level: 2, name: 'Done' }).waitFor();
    assert.deepEqual(await counts(), [2, 0, 0, 1]);
    const { records } = await server.api('GET', '/1.0/identities');
    assert.deepEqual(records.map((one) => one.firstname).sort(), ['Cy', 'Zoë']);
  });

  await t.test('what was known of the changed ones can be kept', async () => {
    await page.getByTestId('import-file').setInputFiles(file('identifier,firstname\nzoe@shop.test,Zoe\ncy@shop.test,Cy\n'));
    await page.getByTestId('import-check').click();
    await page.getByTestId('import-results').waitFor();
    assert.deepEqual(await counts(), [0, 1, 1, 0]);
    assert.match(await saved('save-before'), /zoe@shop.test,Zoë,/);
    await page.getByTestId('import-file').setInputFiles(file(''));
    await page.getByTestId('import-problem').waitFor();
  });

  await t.test('all people are saved as a file', async () => {
    await page.getByTestId('to-people').click();
    const lines = (await saved('people-file')).split('\r\n');
    assert.equal(lines.length, 4);
    assert.match(lines.join('\n'), /zoe@shop.test,Zoë,,,Lee,/);
  });

  await t.test('on a phone, in French', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await page.goto(`${server.url}/people/import`);
    await page.getByTestId('import-file').setInputFiles(file('identifier,firstname\nx,Zoe\n'));
    await page.getByTestId('import-check').click();
    await page.getByTestId('import-results').waitFor();
    await accessible(page);
    await shot(page, 'import-phone');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  });
});
