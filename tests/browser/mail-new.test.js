/** Mails that answer nothing, the form of a mailbox, and one person behind a mail and a chat. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Dovecot, mail, makeMailbox } from './support/dovecot.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

let server, browser, dovecot, page, box;
const sent = [];
const get = (name) => page.getByTestId(name);
const chips = async (way) => (await page.locator(`[data-field=${way}]`).getByTestId('recipient').allInnerTexts()).map((text) => text.trim());

before(async () => {
  [server, browser, dovecot] = await Promise.all([Server.start(), launch(), Dovecot.start()]);
  await dovecot.say('newly', ['CREATE Sent', 'CREATE "Old orders"']);
  await dovecot.append(
    'newly',
    mail({ 'Message-ID': '<1@ann.test>', From: 'Ann Lee <ann@ann.test>', Subject: 'Order 12', body: 'Where is my order?' }),
  );
  const chat = await makeChat(server);
  await (await visitor(server, chat, 'Annie', { email: 'Ann@ann.test' }))('Is anybody there?');
  await (await visitor(server, chat, 'Anton', { email: 'ann@ann.test' }))('I have the same address.');
  box = await makeMailbox(server, dovecot, 'newly');
  page = await person(browser, { locale: 'en-US' });
  await page.route('**/console/mail_composer?*', (route) =>
    route.fulfill({
      json: {
        refused: null, from: 'desk@shop.test', own_addresses: ['desk@shop.test'], subject: null, reply: null, reply_all: null,
        signature: 'The shop', quote_answered: true, max_recipients: 100, max_bytes: 26_214_400, link_large_files: false, max_text: 262_144,
      },
    }),
  );
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await dovecot?.stop();
  await server?.stop();
});

test('a new mail is written, kept, and sent by keys', { timeout: 120_000 }, async () => {
  let status = 422;
  await page.route('**/1.0/contents', (route) => {
    sent.push(route.request().postDataJSON());
    const json = status === 422 ? { error: 'invalid', message: 'no', status, field: 'title', reason: 'too_long', values: { max: 255 } } : { thread_id: '0'.repeat(24) };
    return route.fulfill({ status, json });
  });
  await get('new-mail-button').click();
  await get('new-mail').waitFor();
  const text = get('new-mail-text');
  await until(() => text.evaluate((one) => one.localName === 'div'), 'the field for formatted text');
  await shot(page, 'mail-new');
  assert.equal(await get('mail-source').locator('option').innerText(), 'Post (desk@shop.test)');
  await get('to-to').focus();
  await page.keyboard.type('Bo <bo@bo.test>, cy@cy.test,');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.ok(await get('subject').evaluate((one) => one === document.activeElement), 'the subject comes next');
  await page.keyboard.type('Our sale');
  await page.keyboard.press('Tab');
  await page.keyboard.type('It begins ');
  await page.keyboard.press('Control+i');
  await page.keyboard.type('today');
  assert.match(await get('signature').innerText(), /The shop/);
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: 800 });
    await shot(page, `mail-new-${width}`);
    await accessible(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  // It is kept.
  await page.keyboard.press('Escape');
  await get('new-mail').waitFor({ state: 'detached' });
  await page.reload();
  await get('new-mail-button').click();
  await until(async () => (await chips('to')).join() === 'Bo,cy@cy.test', 'the recipients are back');
  assert.equal(await get('subject').inputValue(), 'Our sale');
  await until(async () => (await text.innerText()) === 'It begins today', 'the text is back');
  // What is refused comes back, with what is wrong at its field.
  await text.focus();
  await page.keyboard.press('Control+Enter');
  await get('new-mail-error').waitFor();
  assert.equal(await get('subject').getAttribute('aria-invalid'), 'true');
  status = 200;
  await get('subject').fill('Sale');
  await get('send-mail').click();
  await page.getByText('The mail is on its way.').waitFor();
  assert.deepEqual(sent[1], {
    source_id: box.id, title: 'Sale', to: ['Bo <bo@bo.test>', 'cy@cy.test'], cc: [], bcc: [], with_signature: true,
    body: 'It begins <i>today</i>', body_format: 'html', attachment_ids: [],
  });
  await get('new-mail-button').click();
  assert.deepEqual([await chips('to'), await get('subject').inputValue()], [[], '']);
  await page.keyboard.press('Escape');
});

test('who writes by mail and by chat is offered for merging, and merged by a click alone', { timeout: 120_000 }, async () => {
  const agent = new Agent(page, server);
  await agent.open('Ann Lee');
  const offered = (name) => get('also-writes').filter({ hasText: `Also writes as ${name} (Visitors of Shop chat), by the same address` });
  await offered('Annie').waitFor();
  await shot(page, 'also-writes');
  // Somebody else has the same address: that is said once, and for ever.
  await offered('Anton').getByRole('button', { name: 'Anton is not the same person' }).focus();
  await page.keyboard.press('Enter');
  await offered('Anton').waitFor({ state: 'detached' });
  await page.getByText('Anton is not offered here any more.').waitFor();
  assert.ok(await get('merge-person').evaluate((one) => one === document.activeElement), 'the focus is where it was about');
  await page.reload();
  await offered('Annie').waitFor();
  assert.equal(await offered('Anton').count(), 0);
  await accessible(page);
  await get('write-mail').click();
  await until(async () => (await chips('to')).length > 0, 'the mail has its recipient');
  assert.deepEqual(await chips('to'), ['Ann Lee']);
  await get('discard').click();
  await offered('Annie').getByRole('button', { name: 'Compare' }).click();
  await get('merge-confirm').getByTestId('merge-other').getByText('Annie').waitFor();
  await page.keyboard.press('Escape');
  await offered('Annie').getByRole('button', { name: 'Compare' }).click();
  await get('confirm-merge').click();
  await until(async () => (await get('person-identity').count()) === 2, 'they are one person');
  assert.equal(await get('also-writes').count(), 0);
});

test('the form of a mailbox asks its server, and looks whether it works', { timeout: 120_000 }, async () => {
  await page.goto(`${server.url}/admin/sources/${box.id}`);
  await get('ask-imap_mailboxes_to_import').click();
  const boxes = get('mailbox');
  await boxes.first().waitFor();
  assert.deepEqual(await page.locator('[data-field=imap_mailboxes_to_import] label').allInnerTexts(), ['INBOX', 'Old orders', 'Sent']);
  await page.getByRole('checkbox', { name: 'INBOX' }).check();
  await page.getByRole('checkbox', { name: 'Old orders' }).check();
  await page.getByText('INBOX (watched)').waitFor();
  await get('ask-imap_mailbox_used_for_sent_mail').click();
  await page.locator('select[data-field=imap_mailbox_used_for_sent_mail]').selectOption('Sent');
  await get('add-signature').click();
  await get('signature-language').fill('en');
  await get('signature-body').fill('The shop');
  await get('field-after').selectOption('seen');
  await get('field-spam_assassin_level').selectOption('strict');
  await page.getByRole('checkbox', { name: 'Answer a customer’s first message' }).check();
  await get('auto-first-body').fill('We have it.');
  await get('field-auto_first_grace').fill('2d');
  await get('field-imap_authentication_type').selectOption('microsoft_identity_platform');
  await get('field-oauth_tenant').waitFor();
  assert.equal(await get('field-imap_password').count(), 0);
  await get('field-imap_authentication_type').selectOption('basic');
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: 900 });
    await shot(page, `mailbox-form-${width}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await accessible(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await get('save').click();
  await page.getByText('Saved', { exact: true }).first().waitFor();
  const kept = await server.api('GET', `/1.0/content_sources/${box.id}`);
  assert.deepEqual(kept.imap_mailboxes_to_import, ['INBOX', 'Old orders']);
  assert.equal(kept.imap_mailbox_used_for_sent_mail, 'Sent');
  assert.deepEqual(kept.signatures.map(({ language, body }) => [language, body]), [['en', 'The shop']]);
  assert.deepEqual([kept.imap_after_import, kept.spam_assassin_level, kept.auto_response_trigger_enabled.first_message_from_user], ['seen', 'strict', true]);
  assert.deepEqual(kept.auto_response_triggers, [{ language: 'en', created_from_trigger: 'first_message_from_user', body: 'We have it.' }]);
  assert.equal(kept.auto_response_trigger_grace_periods.first_message_from_user, 172_800);
  await get('test-source').click();
  await get('step-imap_mailboxes').filter({ hasText: 'works' }).waitFor();
  await shot(page, 'mailbox-test');
  await page.keyboard.press('Escape');
  assertWhole(page);
});
