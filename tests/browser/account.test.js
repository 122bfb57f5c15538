/** What people do with their own account: their password, and where they are signed in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeUser } from './support/world.js';

const NEW = 'seven boats at noon';
let server, browser, nora;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  nora = await makeUser(server, 'Nora', 'Lindholm');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const signedIn = async () => new Agent(await person(browser), server).signIn(nora);
const isOut = (page) => page.getByTestId('login-email').waitFor();
const status = (page) => page.evaluate(async () => (await fetch('/console/session')).status);

test('an agent changes their own password with the keyboard alone', { timeout: 90_000 }, async () => {
  const [here, elsewhere] = [(await signedIn()).page, (await signedIn()).page];
  const tab = await here.context().newPage();
  await tab.goto(server.url);
  await tab.getByTestId('folder-unassigned').waitFor();

  await here.getByTestId('user-menu').focus();
  await here.keyboard.press('Enter');
  await here.getByTestId('change-password').focus();
  await here.keyboard.press('Enter');
  const form = here.getByTestId('password-form');
  await form.waitFor();
  const fill = async (password, fresh) => {
    await form.getByTestId('field-password').fill(password);
    await form.getByTestId('field-password').press('Tab');
    await here.keyboard.press('ControlOrMeta+A');
    await here.keyboard.type(fresh);
    await here.keyboard.press('Enter');
  };
  const objection = (field) => form.locator(`.field:has([data-field=${field}]) .error`);

  await fill('not the present one', NEW);
  assert.equal(await objection('password').innerText(), 'This is not your present password.');
  await fill(nora.password, 'Nora-Lindholm');
  assert.match(await objection('new_password').innerText(), /little more than a name/);
  await fill(nora.password, '12345678');
  await until(async () => /tried first/.test(await objection('new_password').innerText()), 'another reason');
  await shot(here, 'password-refused');
  assert.equal(await status(elsewhere), 200, 'nothing has changed yet');

  await fill(nora.password, NEW);
  await form.waitFor({ state: 'detached' });
  await isOut(elsewhere);
  // This browser stays where it was, in its other tabs too.
  for (const page of [here, tab]) {
    assert.equal(await status(page), 200);
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await until(async () => (await page.getByTestId('folder-unassigned').innerText()).includes('Sans responsable'), 'it goes on');
    await page.reload();
    await page.getByTestId('folder-unassigned').waitFor();
  }
  await here.getByTestId('user-menu').click();
  await here.getByTestId('change-password').click();
  await fill(NEW, 'password');
  assert.match(await objection('new_password').innerText(), /que l’on essaie en premier/);
  nora.password = NEW;
  [here, elsewhere].forEach(assertWhole);
});

test('an agent signs out everywhere', { timeout: 60_000 }, async () => {
  const [here, elsewhere] = [(await signedIn()).page, (await signedIn()).page];
  await here.getByTestId('user-menu').click();
  await here.getByTestId('sign-out-everywhere').click();
  await here.getByTestId('confirm').click();
  await isOut(here);
  await isOut(elsewhere);
  [here, elsewhere].forEach(assertWhole);
});
