/** Who has lost a password gets back in by a link in a mail. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

let folder, server, browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-mails-'));
  const env = { HUBBUB_MAIL_FOLDER: folder, HUBBUB_MAIL_FROM: 'Desk <desk@shop.test>' };
  [server, browser] = await Promise.all([Server.start({ env }), launch()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The link in the mail that was laid down. */
async function link() {
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
  const text = (await readFile(join(folder, file), 'utf8')).replace(/=\r?\n/g, '');
  return text.match(/http\S+recovery#[0-9a-f]+/)[0];
}

test('a lost password is chosen anew on a phone, by the keyboard', { timeout: 90_000 }, async () => {
  const page = await person(browser, { width: 390, height: 844 });
  const get = (id) => page.getByTestId(id);
  await page.goto(server.url);
  await get('login-forgotten').click();
  await get('recovery-value').waitFor();
  await accessible(page);
  await page.keyboard.type(ADMIN.email);
  await page.keyboard.press('Enter');
  await page.getByText(`If there is an account for ${ADMIN.email}`).waitFor();
  await accessible(page);
  const address = await until(link, 'the mail');
  await page.goto('about:blank');
  await page.goto(address);
  await get('recovery-value').waitFor();
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await get('login-error').waitFor();
  await get('recovery-value').fill('a heron stands in the reeds');
  await shot(page, 'recovery');
  await page.keyboard.press('Enter');
  await get('folder-unassigned').waitFor();
  assertWhole(page);

  // The link has done its work.
  const other = await person(browser, { locale: 'fr-FR' });
  await other.goto(address);
  await other.getByTestId('recovery-value').fill('another heron, another reed');
  await other.keyboard.press('Enter');
  await other.getByText('Ce lien a été utilisé ou est trop ancien.').waitFor();
  assert.equal(await other.getByTestId('recovery-back').innerText(), 'Revenir à la connexion');
  assertWhole(other);
});
