/** Every dialog that the console has, on data of the API and of visitors: it shows something, closes, and gives the focus back. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Dovecot, mail, makeMailbox } from './support/dovecot.js';
import { Receiver } from './support/receiver.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeDispositions, makeToken, makeUser, visitor } from './support/world.js';

const SOURCES = resolve(import.meta.dirname, '../../web/console/src');
let server, browser, receiver, dovecot, site, page, parcel, sunday, robots, mails;
const walked = new Set();

before(async () => {
  [server, browser, receiver, dovecot] = await Promise.all([Server.start(), launch(), Receiver.start(), Dovecot.start()]);
  const chat = await makeChat(server);
  await makeDispositions(server, ['Solved', 'Refunded']);
  const nora = await makeUser(server, 'Nora', 'Lindholm');
  for (const name of ['Robo', 'Botta']) await makeUser(server, name, 'Bot', 'Bot', { bot: true });
  await server.api('PUT', `/1.0/users/${nora.id}/sources_permissions`, { [chat.id]: 'read,reply,approval_required' });
  await server.api('POST', '/1.0/webhooks', { url: receiver.url, name: 'Warehouse', registered_events: ['content.imported'] });
  await server.api('POST', '/1.0/tags', { name: 'regular' });
  await server.api('POST', '/1.0/teams', { name: 'Returns', leader_ids: [nora.id], user_ids: [nora.id] });
  await server.api('POST', '/1.0/folders', { label: 'VIP customers', query: 'status_in:new' });
  await server.api('POST', '/1.0/custom_fields', { label: 'Favourite plant', type: 'string', associated_type_name: 'IdentityGroup' });
  const entry = await server.api('POST', '/1.0/reply_assistant/entries', { label: 'Greeting' });
  await server.api('POST', '/1.0/reply_assistant/versions', { entry_id: entry.id, body: 'Hello!', format: 'text' });
  parcel = (await (await visitor(server, chat, 'Ada'))('Where is my parcel?')).thread.id;
  const asked = await (await visitor(server, chat, 'Ada of the orders'))('Is the shop open on Sunday?');
  sunday = asked.thread.id;
  robots = (await (await visitor(server, chat, 'Tom'))('A question for robots')).thread.id;
  const answer = { in_reply_to_id: asked.message.id, body: 'Never.' };
  await server.api('POST', '/1.0/contents', answer, await makeToken(server, nora));
  const order = { From: 'Ann <ann@a.test>', Subject: 'Order 12' };
  const first = mail({ ...order, 'Message-ID': '<1@a.test>', body: 'Where is it?' });
  await dovecot.append('dialogs', first, mail({ ...order, 'Message-ID': '<2@a.test>', 'In-Reply-To': '<1@a.test>', body: 'Still?' }));
  const post = await makeMailbox(server, dovecot, 'dialogs');
  mails = (await server.api('GET', `/1.0/contents?q=source:${post.id}`)).records[0].thread_id;
  site = await Site.start(snippet(server.url, chat.token));
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await receiver?.stop();
  await server?.stop();
  await dovecot?.stop();
});

/** Waits until a dialog is whole, and checks that it is more than a frame. */
async function isWhole(on, name) {
  const dialog = on.getByTestId(name);
  await dialog.waitFor();
  await until(async () => (await dialog.locator('[aria-busy=true]').count()) === 0, `${name} is there`);
  // What a dialog fetches first may come a moment after its frame.
  const shows = async () => {
    const controls = await dialog.locator('.body').locator('input, textarea, select, button, [role=option]').count();
    return controls > 0 || (await dialog.locator('.body').innerText()).trim() !== '';
  };
  await until(shows, `${name} shows something`);
  assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), `${name} has the focus`);
  await shot(on, `dialog-${name}`);
  return dialog;
}

/**
 * Opens a dialog twice and closes it by Escape and by its cross; each time the focus must be back on `opener`.
 * `open` does what is between the press of the opener and the dialog.
 */
async function walk(name, opener, { open = () => {}, on = page } = {}) {
  for (const way of ['Escape', 'the cross']) {
    await opener.click();
    await open();
    const dialog = await isWhole(on, name);
    if (way === 'Escape') await on.keyboard.press('Escape');
    else await dialog.locator('header').getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    await until(() => opener.evaluate((one) => one === document.activeElement), `the focus after ${name}, closed by ${way}`, 2_000);
  }
  walked.add(name);
}

const get = (name) => page.getByTestId(name);
const show = (thread) => page.goto(`${server.url}/inbox/open/${thread}`).then(() => get('history').waitFor());
const admin = (name, on = page) =>
  on.goto(`${server.url}/admin/${name}`).then(() => on.getByTestId('edit').or(on.getByTestId('empty')).first().waitFor());

test('every dialog', { timeout: 240_000 }, async (t) => {
  const step = (name, run) => t.test(name, { timeout: 60_000 }, run);

  await step('of a conversation', async () => {
    await show(parcel);
    await get('take').click();
    await walk('done-dialog', get('done'));
    await walk('defer-dialog', get('defer'));
    await walk('assign-dialog', get('assign'));
    await walk('categories-dialog', get('thread-menu'), { open: () => get('menu-categories').click() });
    await walk('tags-dialog', get('thread-menu'), { open: () => get('menu-tags').click() });
    await walk('shortcuts', get('user-menu'), { open: () => page.getByRole('menuitem', { name: /Keyboard/ }).click() });
    await walk('password-form', get('user-menu'), { open: () => get('change-password').click() });
    await walk('ready-answers', get('ready'));
    await walk('person-form', get('edit-person'));
    await show(robots);
    await walk('give-to-bot-dialog', get('thread-menu'), { open: () => get('choose-bot').click() });
    await show(sunday);
    await walk('refuse-dialog', get('refuse'));
  });

  await step('of several conversations', async () => {
    await page.goto(`${server.url}/inbox/open`);
    await get('thread-row').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Control+a');
    await get('several').waitFor();
    await walk('several-assign-dialog', get('several-assign'));
    await walk('several-defer-dialog', get('several-defer'));
    await walk('several-ask-dialog', get('several-done'));
    await page.keyboard.press('Escape');
  });

  await step('of mails', async () => {
    await show(mails);
    await get('mail-line').first().click();
    await walk('original-dialog', get('show-original').first());
    await walk('split-dialog', get('thread-menu'), { open: () => get('menu-split').click() });
    await walk('merge-threads-dialog', get('thread-menu'), { open: () => get('menu-merge-threads').click() });
  });

  await step('of a person', async () => {
    await show(sunday);
    await walk('merge-dialog', get('merge-person'));
    await walk('erase-dialog', get('erase-person'));
    const find = async () => {
      await get('merge-search').fill('ada');
      await get('option').first().waitFor();
      await get('merge-search').press('Enter');
    };
    await walk('merge-confirm', get('merge-person'), { open: find });
    await get('merge-person').click();
    await find();
    await get('confirm-merge').click();
    await walk('confirm-dialog', get('unmerge').first());
    await page.goto(`${server.url}/people/blocked`);
    await walk('block-form', get('block-other'));
  });

  await step('of the folders on a phone', async () => {
    await page.setViewportSize({ width: 375, height: 800 });
    await page.goto(`${server.url}/inbox/unassigned`);
    await walk('folder-sheet', get('more-folders'));
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await step('of the administration', async () => {
    for (const name of ['tags', 'teams', 'roles', 'categories', 'folders', 'custom_fields', 'reply_assistant', 'tokens', 'webhooks']) {
      await admin(name);
      await get('edit').first().click();
      await walk('confirm-dialog', get('delete'));
    }
    await admin('agents');
    await get('edit').filter({ hasText: 'Nora' }).click();
    await walk('permissions-dialog', get('permissions'));
    await walk('confirm-dialog', get('reset-second-factor'));
    await walk('confirm-dialog', get('disable'));
    await get('field-nickname').fill('No');
    await walk('leave-dialog', get('up'));
    await get('discard').click();
  });

  await step('of a webhook', async () => {
    await admin('webhooks');
    await get('edit').click();
    await walk('resend-dialog', get('resend-since'));
    await get('open-delivery').first().waitFor();
    await walk('delivery-dialog', get('open-delivery').first());
  });

  await step('of a source', async () => {
    const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Readers' });
    const given = { type: 'sdk', name: 'Blog', community_id: community.id, endpoint_url: receiver.url };
    await server.api('POST', '/1.0/content_sources', given);
    await admin('sources');
    await get('edit').filter({ hasText: 'Blog' }).click();
    await get('test-source').waitFor();
    await walk('source-test', get('test-source'));
  });

  await step('of a mailbox', async () => {
    const community = await server.api('POST', '/1.0/communities', { type: 'email', name: 'Writers' });
    const imap = { imap_address: '127.0.0.1', imap_port: 9, imap_username: 'desk', imap_password: 'secret' };
    const given = { type: 'email', name: 'Letters', community_id: community.id, imap_smtp_email: 'desk@shop.test', active: true };
    await server.api('POST', '/1.0/content_sources', { ...given, ...imap });
    await page.goto(`${server.url}/inbox/new`);
    await walk('new-mail', get('new-mail-button'));
    await walk('notification-centre', get('bell'));
  });

  await step('of a visitor', async () => {
    const ada = new Visitor(await person(browser));
    await ada.visit(site.url);
    await ada.openChat();
    await page.goto(`${server.url}/visitors`);
    await get('invite').waitFor();
    await walk('invite-dialog', get('invite'));
  });

  await step('that the sources name was opened', () => {
    const files = readdirSync(SOURCES, { recursive: true }).filter((file) => file.endsWith('.svelte'));
    const named = files.flatMap((file) => {
      const text = readFileSync(join(SOURCES, file), 'utf8');
      return [...text.matchAll(/<(?:Dialog|FormDialog)\b[^]*?(?<!data-)testid="([\w-]+)"/g)].map((match) => match[1]);
    });
    assert.deepEqual([...walked].sort(), [...new Set(named)].sort());
  });

  assertWhole(page);
});
