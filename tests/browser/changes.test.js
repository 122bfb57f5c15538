/** An administrator looks who changed what. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeUser } from './support/world.js';

let server, browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('who changed what is listed, narrowed, saved and followed', { timeout: 60_000 }, async () => {
  await makeUser(server, 'Nora', 'Lindholm');
  const tag = await server.api('POST', '/1.0/tags', { name: 'Late' });
  const team = await server.api('POST', '/1.0/teams', { name: 'Night' });
  await server.api('DELETE', `/1.0/teams/${team.id}`);
  const page = await person(browser, { locale: 'en-US' });
  await new Agent(page, server).signIn(ADMIN);
  await page.goto(`${server.url}/admin/changes`);
  const rows = page.getByTestId('change');
  await rows.filter({ hasText: 'Team: removed' }).waitFor();
  assert.match(await rows.filter({ hasText: 'Late' }).innerText(), /Admin Hubbub[^]*Tag: made[^]*Late/);
  for (const [width, scheme] of [[1280, 'light'], [390, 'dark']]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await shot(page, `changes-${width}`);
    await accessible(page);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  }
  await page.getByTestId('changes-kind').selectOption('tag');
  await until(async () => (await rows.count()) === 1, 'tags alone');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('changes-file').click()]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.equal(lines.length, 2);
  assert.match(lines[1], /,Admin Hubbub,tag,[\da-f]{24},Late,created$/);
  await page.getByTestId('changes-to').fill('2020-01-01');
  await page.getByTestId('changes-none').waitFor();
  await page.getByTestId('changes-to').fill('');
  await rows.getByRole('link', { name: 'Late' }).click();
  await page.waitForURL(`**/admin/tags/${tag.id}`);
  assertWhole(page);
});
