/** Mails that come from a real IMAP server, as an agent reads them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Dovecot, htmlMail, mail, makeMailbox } from './support/dovecot.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeUser } from './support/world.js';

let server, browser, dovecot, nora, box;

const INTERLEAVED = `<p>Good morning</p>
<blockquote type="cite"><p>Do you want the blue one?</p></blockquote>
<p>Yes, the blue one.</p>
<blockquote type="cite"><p>And when shall it come?</p></blockquote>
<p>On Friday.</p>
<div class="gmail_quote"><div class="gmail_attr">On Monday the shop wrote:</div><blockquote class="gmail_quote"><p>Here is the whole of it.</p></blockquote></div>`;

before(async () => {
  [server, browser, dovecot] = await Promise.all([Server.start(), launch(), Dovecot.start()]);
  await dovecot.append(
    'reading',
    mail({ 'Message-ID': '<1@ann.test>', From: 'Ann Lee <ann@ann.test>', To: 'Desk <desk@shop.test>, Bo <bo@ann.test>', Cc: 'cy@ann.test', Subject: 'Order 12', body: 'Where is it?\n\nOn Monday the shop wrote:\n> It is on its way.' }),
    htmlMail({ 'Message-ID': '<2@dan.test>', From: 'Dan <dan@dan.test>', Subject: 'The chair', body: INTERLEAVED }),
  );
  box = await makeMailbox(server, dovecot, 'reading');
  nora = new Agent(await person(browser, { locale: 'en-US' }), server);
  await nora.signIn(await makeUser(server, 'Nora', 'Lindholm'));
});

after(async () => {
  await browser?.close();
  await dovecot?.stop();
  await server?.stop();
});

test('a mail says from whom, to whom and when, by one line and by all of it', { timeout: 90_000 }, async () => {
  const { page } = nora;
  await nora.goTo('unassigned');
  await nora.open('Ann Lee');
  const head = page.getByTestId('mail-head');
  assert.match(await head.getByTestId('mail-line').innerText(), /^Ann Lee to Desk and 2 more · \d/);
  assert.equal(await head.getByText('Bo <bo@ann.test>').isVisible(), false);
  await head.getByTestId('mail-line').focus();
  await page.keyboard.press('Enter');
  assert.deepEqual((await head.locator('dt').allInnerTexts()), ['From', 'To', 'Copy', 'Date', 'Subject']);
  const values = await head.locator('dd').allInnerTexts();
  assert.deepEqual(values.toSpliced(3, 1), ['Ann Lee <ann@ann.test>', 'Desk <desk@shop.test>, Bo <bo@ann.test>', 'cy@ann.test', 'Order 12']);
  assert.match(values[3], /Mar 2, 2026/);
  const quoted = page.getByTestId('quoted');
  assert.equal(await quoted.getByText('It is on its way.').isVisible(), false);
  await quoted.locator('summary').focus();
  await page.keyboard.press('Space');
  await quoted.getByText('It is on its way.').waitFor();
  await shot(page, 'mail-head');
});

test('a mail is shown as it came, and saved', { timeout: 90_000 }, async () => {
  const { page } = nora;
  await nora.open('Ann Lee');
  const line = page.getByTestId('mail-line');
  await line.waitFor();
  if (!(await page.getByTestId('show-original').isVisible())) await line.press('Enter');
  await page.getByTestId('show-original').press('Enter');
  const text = page.getByTestId('original-text');
  await text.getByText('Message-ID: <1@ann.test>').waitFor();
  assert.match(await text.innerText(), /Subject: Order 12[^]*Where is it\?/);
  await accessible(page);
  await shot(page, 'mail-original');
  const saved = page.waitForEvent('download');
  await page.keyboard.press('Tab');
  await page.getByTestId('original-save').press('Enter');
  const file = await saved;
  assert.match(file.suggestedFilename(), /\.eml$/);
  assert.match(readFileSync(await file.path(), 'utf8'), /^Message-ID: <1@ann.test>|Message-ID: <1@ann.test>/);
  await page.keyboard.press('Escape');
  await page.getByTestId('original-dialog').waitFor({ state: 'detached' });
  assert.ok(await page.getByTestId('show-original').evaluate((one) => one === document.activeElement), 'the focus is back');
  // After thirty days it is not kept.
  await page.route('**/1.0/contents/*/raw', (route) => route.fulfill({ status: 404, json: { error: 'not_found' } }));
  await page.keyboard.press('Enter');
  await page.getByTestId('original-gone').waitFor();
  await page.keyboard.press('Escape');
  await page.unroute('**/1.0/contents/*/raw');
});

test('whatever a mail quotes is folded, and what stands between is not', { timeout: 90_000 }, async () => {
  const { page } = nora;
  await nora.open('Dan');
  const text = page.locator('.rich.mail');
  const shown = async () => (await text.innerText()).split('\n').map((line) => line.trim()).filter(Boolean);
  const fold = 'Show what is quoted';
  assert.deepEqual(await shown(), ['Good morning', fold, 'Yes, the blue one.', fold, 'On Friday.', fold]);
  // By keys alone, in the order of the text.
  const folds = text.locator('summary');
  await folds.first().focus();
  for (const [n, hidden] of ['Do you want the blue one?', 'And when shall it come?', 'Here is the whole of it.'].entries()) {
    assert.ok(await folds.nth(n).evaluate((one) => one === document.activeElement), `the fold ${n} has the focus`);
    await page.keyboard.press('Enter');
    await text.getByText(hidden).waitFor();
    await page.keyboard.press('Tab');
  }
  await shot(page, 'mail-folds');
  for (const width of [375, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const wider = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await until(async () => !(await wider()), `nothing stands out at ${width}`);
    await shot(page, `mail-folds-${width}`);
  }
  await assertWhole(page);
});

test('who sets sources up is told when one does not work, and so are agents in its conversations', { timeout: 150_000 }, async () => {
  const { page } = nora;
  const admin = await person(browser, { locale: 'en-US' });
  await new Agent(admin, server).signIn(ADMIN);
  await nora.open('Ann Lee');
  const [banner, notice] = [admin.getByTestId('source-banner'), page.getByTestId('source-notice')];
  assert.deepEqual([await banner.count(), await notice.count()], [0, 0]);
  await server.api('PUT', `/1.0/content_sources/${box.id}`, { imap_password: 'wrong' });
  await banner.getByText('Post does not work: nothing comes in there, or nothing goes out.').waitFor();
  await notice.getByText('Post does not work at the moment. What you write waits until it does.').waitFor();
  assert.equal(await page.getByTestId('source-banner').count(), 0, 'agents can do nothing about it');
  await accessible(admin);
  await accessible(page);
  await shot(admin, 'source-banner');
  await shot(page, 'source-notice');
  await banner.getByRole('link', { name: 'See why' }).press('Enter');
  await admin.waitForURL(`**/admin/sources/${box.id}`);
  await banner.getByRole('button', { name: 'Hide this' }).press('Enter');
  await banner.waitFor({ state: 'detached' });
  await server.api('PUT', `/1.0/content_sources/${box.id}`, { imap_password: 'secret' });
  await notice.waitFor({ state: 'detached' });
  await admin.context().close();
});
