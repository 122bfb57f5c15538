/** An administrator tries whether the server sends mails, and sees what became of each. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, freePort, Server } from './support/server.js';

let browser, folder;

before(async () => {
  [browser, folder] = await Promise.all([launch(), mkdtemp(join(tmpdir(), 'hubbub-mails-'))]);
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** An administrator on the page of mails of a server with these keys. */
async function administrator(t, env) {
  const server = await Server.start({ env });
  t.after(() => server.stop());
  const admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
  const { page } = admin;
  await page.getByTestId('nav-admin').click();
  await page.getByTestId('admin-mails').click();
  await page.getByTestId('mail-sender').waitFor();
  return { page, server };
}

test('a test mail is sent to the administrator, and the page says so in both languages', { timeout: 90_000 }, async (t) => {
  const { page, server } = await administrator(t, { HUBBUB_MAIL_FOLDER: folder, HUBBUB_MAIL_FROM: 'desk@shop.test' });
  assert.match(await page.getByTestId('mail-sender').innerText(), /Mail from desk@shop\.test is written to files/);
  await page.getByTestId('test-mail').click();
  const outcome = page.getByTestId('test-outcome');
  await outcome.getByText('has taken the test mail for admin@shop.test').waitFor();
  const row = page.getByTestId('mail-row');
  await row.getByText('Sent', { exact: true }).waitFor();
  assert.match(await row.innerText(), /Test mail of .*\n.*Test · admin@shop\.test/);
  assert.equal(await row.getByTestId('resend-mail').count(), 0);
  const [file, ...others] = await readdir(folder);
  assert.equal(others.length, 0);
  assert.match(await readFile(join(folder, file), 'utf8'), /^To: .*<admin@shop\.test>\r$/m);

  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-fr').click();
  await outcome.getByText('a pris l’e-mail d’essai pour admin@shop.test').waitFor();
  await page.getByTestId('mails-filter').selectOption('parked');
  await page.getByText('Aucun e-mail ici.').waitFor();

  // Who is invited gets the link by mail.
  const role = (await server.api('GET', '/1.0/roles')).records.find(({ label }) => label === 'Agent').id;
  await page.getByTestId('admin-agents').click();
  await page.getByTestId('add').click();
  for (const [name, value] of [['firstname', 'Alicia'], ['lastname', 'Johnson'], ['email', 'alicia@shop.test']]) {
    await page.getByTestId(`field-${name}`).fill(value);
  }
  await page.getByTestId('field-role_id').selectOption(role);
  await page.getByTestId('save').click();
  await page.getByText('en route vers alicia@shop.test').waitFor();
});

test('what does not arrive says why and can be sent again, on a phone too', { timeout: 90_000 }, async (t) => {
  const env = { HUBBUB_MAIL_HOST: '127.0.0.1', HUBBUB_MAIL_PORT: String(await freePort()), HUBBUB_MAIL_FROM: 'desk@shop.test' };
  const { page } = await administrator(t, env);
  await page.getByTestId('test-mail').click();
  await page.getByTestId('test-outcome').getByText('is not sent yet: connecting to 127.0.0.1').waitFor();
  await page.setViewportSize({ width: 375, height: 740 });
  const row = page.getByTestId('mail-row');
  await row.getByText('Waiting').waitFor();
  await assertWhole(page);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await shot(page, `mails-${colorScheme}`);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    assert.deepEqual(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'), []);
  }
  await row.getByTestId('resend-mail').click();
  await page.getByText('It is on its way again').waitFor();
});

test('a server without mail says so', { timeout: 90_000 }, async (t) => {
  const { page } = await administrator(t, {});
  assert.match(await page.getByTestId('mail-sender').innerText(), /This server sends no mail\./);
  assert.equal(await page.getByTestId('test-mail').count(), 0);
});
