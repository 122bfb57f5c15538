/** Signing in with a second factor, and where one is signed in. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Phone } from './support/phone.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeUser } from './support/world.js';

const PHONE = { width: 390, height: 844 };
let server, browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Gives the address and the password; what comes then is the caller's. */
async function half(page, { email, password }) {
  await page.goto(server.url);
  await page.getByTestId('login-email').fill(email);
  await page.getByTestId('login-password').fill(password);
  await page.keyboard.press('Enter');
}

const isIn = (page) => page.getByTestId('folder-unassigned').waitFor();
const isOut = (page) => page.getByTestId('login-email').waitFor();
const shown = async (page, id) => (await page.getByTestId(id).locator('li').allInnerTexts()).map((code) => code.trim());
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

/** From the key on the screen to codes that are kept; all of it by keys. */
async function setUp(page) {
  await page.getByTestId('factor-qr').waitFor();
  const phone = new Phone(await page.getByTestId('factor-key').innerText());
  await accessible(page);
  await shot(page, `factor-key-${page.viewportSize().width}`);
  assert.ok(await fits(page), 'no page is wider than its window');
  await page.getByTestId('field-code').focus();
  await page.keyboard.type(phone.code());
  await page.getByTestId('recovery-codes').waitFor();
  const codes = await shown(page, 'recovery-codes');
  assert.equal(new Set(codes).size, 10);
  await accessible(page);
  await shot(page, `factor-codes-${page.viewportSize().width}`);
  assert.ok(await fits(page), 'no page is wider than its window');
  return { phone, codes };
}

test('an agent turns it on by the keyboard, on a phone, and signs in with it', { timeout: 120_000 }, async () => {
  const nora = await makeUser(server, 'Nora', 'Lindholm');
  const elsewhere = (await new Agent(await person(browser), server).signIn(nora)).page;
  const page = await person(browser, { ...PHONE, acceptDownloads: true });
  const get = (id) => page.getByTestId(id);
  await half(page, nora);
  await isIn(page);
  await page.goto(`${server.url}/me`);
  await get('factor-on').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  await page.getByText('This is not your present password.').waitFor();
  await get('field-password').fill(nora.password);
  await page.keyboard.press('Enter');
  const { phone, codes } = await setUp(page);

  const [file] = await Promise.all([page.waitForEvent('download'), get('codes-download').press('Enter')]);
  const text = await readFile(await file.path(), 'utf8');
  assert.ok(codes.every((code) => text.includes(code)) && text.includes(nora.email), text);
  await page.emulateMedia({ media: 'print' });
  await shot(page, 'factor-printed');
  await page.emulateMedia({ media: 'screen' });
  await get('field-recovery_code').fill('0000-0000-0000-0000');
  await page.keyboard.press('Enter');
  await page.getByText('This code does not fit.').waitFor();
  await get('field-recovery_code').fill(codes[4].toUpperCase());
  await page.keyboard.press('Enter');
  await until(async () => /10 recovery codes are left/.test(await get('factor-state').innerText()), 'it is on');
  await accessible(page);
  await shot(page, 'factor-on');
  await isOut(elsewhere);

  // With the sixth digit there is nothing left to press.
  await half(elsewhere, nora);
  const code = elsewhere.getByTestId('step-code');
  await code.waitFor();
  assert.equal(await code.getAttribute('autocomplete'), 'one-time-code');
  assert.ok(await code.evaluate((one) => one === document.activeElement), 'the field has the focus');
  await accessible(elsewhere);
  await shot(elsewhere, 'step-code');
  await elsewhere.keyboard.type('000000');
  await elsewhere.getByText('This code does not let you in.').waitFor();
  await until(() => code.evaluate((one) => one === document.activeElement), 'the focus is back');
  await elsewhere.keyboard.type(phone.code());
  await isIn(elsewhere);

  // In French, on a phone, without it.
  const third = await person(browser, { ...PHONE, locale: 'fr-FR' });
  await half(third, nora);
  await third.getByTestId('step-code').waitFor();
  await accessible(third);
  assert.ok(await fits(third), 'no page is wider than its window');
  await third.getByTestId('step-turn').press('Enter');
  await third.getByTestId('step-recovery').waitFor();
  assert.equal(await third.getByTestId('step-turn').innerText(), 'Utiliser l’application');
  await third.keyboard.type('0000-0000-0000-0000');
  await third.keyboard.press('Enter');
  await third.getByText('Ce code ne vous laisse pas entrer.').waitFor();
  await accessible(third);
  await shot(third, 'step-recovery');
  await third.getByTestId('step-recovery').fill(codes[0]);
  await third.keyboard.press('Enter');
  await isIn(third);

  // Where she is signed in.
  await page.reload();
  await until(async () => (await get('session').count()) === 3, 'three sessions');
  assert.equal(await get('session-current').count(), 1);
  assert.match(await page.getByTestId('session').and(page.locator('[data-current=true]')).innerText(), /^Chrome on \w+/);
  await get('session-end').first().press('Enter');
  await until(async () => (await get('session').count()) === 2, 'one has ended');
  const out = (one) => one.getByTestId('login-email').count();
  await until(async () => (await out(elsewhere)) + (await out(third)) === 1, 'one is out');
  await get('sessions-end-others').press('Enter');
  await until(async () => (await get('session').count()) === 1, 'this one is left');
  await Promise.all([isOut(elsewhere), isOut(third)]);

  await get('factor-codes').press('Enter');
  await page.keyboard.type(nora.password);
  await page.keyboard.press('Enter');
  await get('recovery-codes').waitFor();
  assert.notDeepEqual(await shown(page, 'recovery-codes'), codes);
  await get('codes-kept').press('Enter');
  await get('factor-off').press('Enter');
  await page.keyboard.type(nora.password);
  await page.keyboard.press('Enter');
  await page.getByText('Two-factor sign-in is off').waitFor();
  [page, elsewhere, third].forEach(assertWhole);
});

test('where a role requires it, it stands between the password and the desk', { timeout: 120_000 }, async () => {
  const omar = await makeUser(server, 'Omar', 'Haddad', 'Team leader');
  const at = (await new Agent(await person(browser), server).signIn(omar)).page;
  const admin = (await new Agent(await person(browser), server).signIn(ADMIN)).page;
  const roles = (await server.api('GET', '/1.0/roles')).records;
  await admin.goto(`${server.url}/admin/roles/${roles.find(({ label }) => label === 'Team leader').id}`);
  await admin.getByTestId('field-second_factor_required').check();
  await admin.getByTestId('save').click();
  const required = async () => (await server.api('GET', '/1.0/roles')).records.some((role) => role.second_factor_required);
  await until(required, 'the role requires it');

  // Who is at the desk is asked at once, and for the password again.
  await at.getByTestId('factor-forced').waitFor();
  await at.getByTestId('field-password').waitFor();
  await accessible(at);
  // Who comes from the password is not.
  const page = await person(browser, { ...PHONE, locale: 'fr-FR' });
  await half(page, omar);
  await page.getByTestId('factor-forced').waitFor();
  const { codes } = await setUp(page);
  await page.getByTestId('field-recovery_code').fill(codes[9]);
  await page.keyboard.press('Enter');
  await isIn(page);
  // What began without it has ended.
  await at.reload();
  await isOut(at);
  await page.goto(`${server.url}/me`);
  await page.getByTestId('factor-state').waitFor();
  assert.equal(await page.getByTestId('factor-off').count(), 0);
  await shot(page, 'factor-required');

  // An administrator takes it away from who has lost it.
  await admin.goto(`${server.url}/admin/agents/${omar.id}`);
  await admin.getByTestId('reset-second-factor').click();
  await accessible(admin);
  await shot(admin, 'factor-reset');
  await admin.getByTestId('confirm').click();
  await isOut(page);
  await half(page, omar);
  await page.getByTestId('factor-forced').waitFor();
  await page.getByTestId('factor-sign-out').click();
  await isOut(page);
  [page, at, admin].forEach(assertWhole);
});
