/** Mails from the console to a real SMTP server: an answer to all, and a conversation that is begun. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Dovecot, mail, makeMailbox } from './support/dovecot.js';
import { ADMIN, Server } from './support/server.js';
import { Smtp } from './support/smtp.js';
import { until } from './support/until.js';

let server, browser, dovecot, smtp, page, admin;
const get = (name) => page.getByTestId(name);
const chips = async (way) => (await page.locator(`[data-field=${way}]`).getByTestId('recipient').allInnerTexts()).map((text) => text.trim());
/** A header of a mail, on one line. */
const header = ({ text }, name) =>
  new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'im').exec(text)?.[1].replaceAll(/\s+/g, ' ') ?? null;
/** What a mail says, decoded. */
const said = ({ text }) => text.replaceAll('=\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

before(async () => {
  [server, browser, dovecot, smtp] = await Promise.all([Server.start(), launch(), Dovecot.start(), Smtp.start()]);
  await dovecot.append(
    'outgoing',
    mail({ 'Message-ID': '<1@ann.test>', From: 'Ann Lee <ann@ann.test>', To: 'Desk <desk@shop.test>, Bo <bo@ann.test>', Cc: 'cy@ann.test', Subject: 'Order 12', body: 'Where is my order?' }),
  );
  await makeMailbox(server, dovecot, 'outgoing', {
    sender_name: 'The shop',
    smtp_address: '127.0.0.1',
    smtp_port: smtp.port,
    smtp_use_ssl_tls: false,
    smtp_use_start_tls: false,
    from_addresses: 'sales@shop.test',
    signatures: [{ language: 'en', name: 'Shop', body: 'Yours, the shop' }],
  });
  page = await person(browser, { locale: 'en-US' });
  admin = new Agent(page, server);
  await admin.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await dovecot?.stop();
  await server?.stop();
  await smtp?.stop();
});

test('an answer to all goes out as it was written, to those who stood over it', { timeout: 120_000 }, async () => {
  smtp.refused.add('cy@ann.test');
  await admin.open('Ann Lee');
  await get('mail-fields').waitFor();
  assert.deepEqual(await chips('to'), ['Ann Lee']);
  assert.match(await get('mail-subject').innerText(), /Re: Order 12/);
  await get('reply-all').click();
  assert.deepEqual([await chips('to'), await chips('cc')], [['Ann Lee', 'Bo'], ['cy@ann.test']]);
  await until(() => get('composer').evaluate((one) => one.localName === 'div'), 'the field for formatted text');
  await get('composer').focus();
  await page.keyboard.type('It comes ');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('today');
  await page.keyboard.press('Control+Enter');
  await until(() => smtp.mails.length === 1, 'the mail is out');
  const [out] = smtp.mails;
  assert.deepEqual([out.from, out.to.toSorted()], ['desk@shop.test', ['ann@ann.test', 'bo@ann.test']]);
  assert.equal(header(out, 'Subject'), 'Re: Order 12');
  assert.match(header(out, 'To'), /ann@ann\.test.*bo@ann\.test/);
  assert.equal(header(out, 'Cc'), 'cy@ann.test');
  assert.equal(header(out, 'In-Reply-To'), '<1@ann.test>');
  assert.match(said(out), /It comes <b>today<\/b>/);
  assert.match(said(out), /Where is my order\?/);
  // Who did not get it is named.
  const ours = admin.message('It comes today');
  await ours.getByTestId('delivery').getByText('partly delivered: not to cy@ann.test').waitFor();
  await ours.getByTestId('mail-line').focus();
  await page.keyboard.press('Enter');
  await ours.getByTestId('mail-deliveries').getByText('nobody of that name here').waitFor();
  await shot(page, 'mail-out');
});

test('an address that a server does not know is told of, over a mail and at the person', { timeout: 120_000 }, async () => {
  await get('reply-all').click();
  await get('warning-cc').getByText('cy@ann.test does not work: a mail to it came back. You can send all the same.').waitFor();
  assert.equal(await get('warning-to').count(), 0);
  assert.equal(await get('person-panel').getByTestId('dead-address').count(), 0);
  await get('reply').click();
  smtp.refused.add('ann@ann.test');
  await get('composer').fill('Are you there?');
  await get('send').click();
  await get('person-panel').getByTestId('dead-address').getByText('This address does not work.').waitFor();
  await admin.message('Are you there?').getByTestId('send-again').waitFor();
  await shot(page, 'mail-dead-address');
  smtp.refused.clear();
});

test('a conversation is begun by mail', { timeout: 120_000 }, async () => {
  await get('new-mail-button').click();
  await get('new-mail').getByTestId('to-to').fill('Dan <dan@dan.test>');
  await get('subject').fill('Your chair');
  await until(() => get('new-mail-text').evaluate((one) => one.localName === 'div'), 'the field for formatted text');
  await get('new-mail-text').fill('It is ready.');
  await get('new-mail-text').press('Control+Enter');
  await until(() => smtp.mails.length === 2, 'the mail is out');
  assert.deepEqual([smtp.mails[1].to, header(smtp.mails[1], 'Subject')], [['dan@dan.test'], 'Your chair']);
  await page.getByRole('button', { name: 'Open the conversation' }).click();
  await admin.sees('It is ready.');
  assert.match(await admin.message('It is ready.').getByTestId('mail-line').innerText(), /^The shop to Dan/);
  assertWhole(page);
});

test('a pasted picture is seen as it is written, and arrives as a part of the mail', { timeout: 120_000 }, async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  const { records } = await server.api('GET', '/1.0/contents?q=text:order');
  const { thread_id: ann } = records.find(({ mail: { from } }) => from.includes('ann@ann.test'));
  await page.goto(`${server.url}/inbox/mine/${ann}`);
  await get('mail-fields').waitFor();
  await until(() => get('composer').evaluate((one) => one.localName === 'div'), 'the field for formatted text');
  await get('composer').focus();
  await page.keyboard.type('It looks like this: ');
  await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 24, height: 16 });
    const pen = canvas.getContext('2d');
    pen.fillStyle = 'teal';
    pen.fillRect(0, 0, 24, 16);
    const picture = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
  });
  await page.keyboard.press('Control+v');
  const sizeOf = (picture) => picture.evaluate((one) => (one.complete ? [one.naturalWidth, one.naturalHeight] : []));
  const written = get('composer').locator('img');
  await until(async () => (await written.count()) === 1 && String(await sizeOf(written)) === '24,16', 'the picture in what is written');
  await shot(page, 'mail-picture');
  const before = smtp.mails.length;
  await until(() => get('send').isEnabled(), 'the picture is up');
  await page.keyboard.press('Control+Enter');
  await until(() => smtp.mails.length === before + 1, 'the mail is out');
  const out = smtp.mails.at(-1);
  assert.match(out.text, /multipart\/related/);
  const [, id] = /<img[^>]*src="cid:([^"]+)"/.exec(said(out)) ?? [];
  assert.ok(id, out.text);
  // The part that the text names has the picture, and stands with the text rather than among the files.
  const part = out.text.split(/^--[^\n]*$/m).find((one) => one.includes(`<${id}>`) && /^Content-ID:/im.test(one));
  assert.match(part, /Content-Type: image\/png/i);
  assert.match(part, /Content-Disposition: inline/i);
  const bytes = Buffer.from(part.slice(part.search(/\n\n/)).replaceAll(/\s/g, ''), 'base64');
  assert.deepEqual([bytes.subarray(1, 4).toString(), bytes.readUInt32BE(16), bytes.readUInt32BE(20)], ['PNG', 24, 16]);
  // Whoever wrote it sees it in the conversation too.
  const shown = admin.message('It looks like this').locator('img');
  await until(async () => (await shown.count()) === 1 && String(await sizeOf(shown)) === '24,16', 'the picture in the conversation');
  assertWhole(page);
});

test('a mail goes from another address of its mailbox', { timeout: 120_000 }, async () => {
  await get('mail-from').waitFor();
  assert.equal(await get('mail-from').inputValue(), 'desk@shop.test');
  await get('mail-from').selectOption('sales@shop.test');
  await get('composer').fill('From the sales.');
  // It is kept with what is written.
  await page.reload();
  await until(async () => (await get('mail-from').inputValue()) === 'sales@shop.test', 'the address is kept');
  await accessible(page);
  const before = smtp.mails.length;
  await get('send').click();
  await until(() => smtp.mails.length === before + 1, 'the mail is out');
  const out = smtp.mails.at(-1);
  assert.equal(out.from, 'sales@shop.test');
  assert.match(header(out, 'From'), /<sales@shop\.test>/);
  await admin.message('From the sales.').waitFor();
  // What answers the customer goes from where they wrote to.
  await until(async () => (await get('mail-from').inputValue()) === 'desk@shop.test', 'the answer to a customer goes from where they wrote to');
});

test('a mail without its copy, and one that came without a part, say so', { timeout: 60_000 }, async () => {
  const thread = page.url().match(/[0-9a-f]{24}/g).at(-1);
  await page.route(`**/console/threads/${thread}*`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const { mail } of json.contents ?? []) {
      if (mail?.deliveries.length) mail.copy_missing = 'Mailbox does not exist';
      else if (mail) mail.left_out = [{ name: 'film.mp4', size: 73_400_320 }];
    }
    await route.fulfill({ response, json });
  });
  await page.reload();
  const ours = admin.message('From the sales.');
  await ours.getByTestId('copy-missing').getByText('No copy in the mailbox for sent mail: Mailbox does not exist').waitFor();
  assert.equal(await ours.getByTestId('send-again').count(), 0, 'it has arrived');
  await admin.message('Where is my order?').getByTestId('left-out').getByText('film.mp4 (73 MB)').waitFor();
  await accessible(page);
  await shot(page, 'mail-told');
  await page.unroute(`**/console/threads/${thread}*`);
});
