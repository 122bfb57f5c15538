/** What people with a screen reader, a keyboard or tired eyes meet: every screen, wide and narrow, light and dark. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Receiver } from './support/receiver.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeDispositions, makeUser, visitor as quietVisitor } from './support/world.js';

let server, browser, chat, receiver, site, thread;

before(async () => {
  [server, browser, receiver] = await Promise.all([Server.start(), launch(), Receiver.start()]);
  chat = await makeChat(server, { welcome_message: 'Welcome! Ask us anything.' });
  site = await Site.start(snippet(server.url, chat.token));
  await makeDispositions(server, ['Solved', 'Refunded']);
  await makeUser(server, 'Nora', 'Lindholm');
  await server.api('POST', '/1.0/tags', { name: 'regular' });
  receiver.status = 500;
  await server.api('POST', '/1.0/webhooks', { url: receiver.url, registered_events: ['content.imported'] });
  const write = await quietVisitor(server, chat, 'Ada');
  thread = (await write('Where is my parcel?')).thread.id;
  await write('It was to come on Monday: https://shop.test/orders/7', thread);
  const again = await quietVisitor(server, chat, 'Ada of the orders');
  await again('Is the shop open on Sunday?');
});

after(async () => {
  await browser?.close();
  await receiver?.stop();
  await site?.stop();
  await server?.stop();
});

/** Colours in between are nobody's choice. What moves without end is left moving. */
async function atRest(page) {
  await page.evaluate(async () => {
    const roots = [document, ...[...document.querySelectorAll('*')].flatMap((one) => one.shadowRoot ?? [])];
    const moving = roots.flatMap((root) => root.getAnimations());
    const ending = moving.filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.all(ending.map((one) => one.finished.catch(() => {})));
  });
}

async function check(page, name) {
  await atRest(page);
  await shot(page, `axe-${name.replace(/\W+/g, '-')}`);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const where = ({ target, failureSummary }) => `  ${target.join(' ')}\n  ${failureSummary}`;
  assert.equal(grave.map(({ id, nodes }) => `${name}: ${id}\n${nodes.map(where).join('\n')}`).join('\n'), '');
}

/** Checks what is on the page in both widths and both colour schemes. The two do not depend on each other. */
async function bothWays(page, name) {
  const ways = [
    ['wide and light', 'light', { width: 1440, height: 900 }],
    ['narrow and dark', 'dark', { width: 390, height: 844 }],
  ];
  for (const [way, colorScheme, viewport] of ways) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await check(page, `${name}, ${way}`);
  }
  await page.setViewportSize(ways[0][2]);
}

test('the console', { timeout: 300_000 }, async (t) => {
  const page = await person(browser);
  const agent = new Agent(page, server);
  const look = (name, prepare) =>
    t.test(name, async () => {
      await prepare();
      await bothWays(page, name);
    });
  const dialog = (name, open) =>
    look(name, async () => {
      await page.keyboard.press('Escape');
      await open();
      await page.locator('dialog[open]').waitFor();
    });

  await look('sign-in', async () => {
    await page.goto(server.url);
    await page.getByTestId('login-email').fill('nobody@shop.test');
    await page.getByTestId('login-password').fill('wrong');
    await page.getByTestId('login-submit').click();
    await page.getByTestId('login-error').waitFor();
  });
  await agent.signIn(ADMIN);
  await dialog('my password', async () => {
    await page.getByTestId('user-menu').click();
    await page.getByTestId('change-password').click();
    await page.getByTestId('save').click();
  });
  await page.keyboard.press('Escape');
  await look('an empty folder', async () => {
    await agent.goTo('mine');
    await page.getByTestId('empty').waitFor();
  });
  await look('the list', async () => {
    await agent.goTo('unassigned');
    await agent.row('It was to come').waitFor();
  });
  await t.test("the desk's own folders", async () => {
    for (const label of ['VIP customers', 'Late parcels']) await server.api('POST', '/1.0/folders', { label, render_threads_count: true });
    await page.reload();
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1200, height: 900 });
      await page.getByTestId('own-folder').first().focus();
      await check(page, `marks of folders, ${colorScheme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByTestId('more-folders').click();
      await page.getByTestId('folder-sheet').waitFor();
      await check(page, `folders on a phone, ${colorScheme}`);
      await page.keyboard.press('Escape');
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  await look('a conversation', async () => {
    await agent.open('It was to come');
    await agent.engage();
    await agent.reply('We are looking for it.');
    await agent.sees('We are looking for it.');
    await agent.comment('The driver lost it.');
  });
  const history = () => page.getByTestId('history').focus();
  for (const [name, key] of [['defer', 's'], ['assign', 'a'], ['categories', 'l'], ['done', 'e']]) {
    await dialog(name, async () => {
      await history();
      await page.keyboard.press(key);
    });
  }
  await dialog('whom to merge', async () => {
    await page.getByTestId('merge-person').click();
    await page.getByTestId('merge-search').fill('ada');
    await page.getByTestId('option').waitFor();
  });
  await look('merging two people', async () => {
    await page.getByTestId('merge-search').press('Enter');
    await page.getByTestId('merge-confirm').waitFor();
  });
  await look('a person of two identities', async () => {
    await page.getByTestId('confirm-merge').click();
    await page.getByTestId('unmerge').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await history();
    await page.keyboard.press('p');
    await page.getByTestId('person-panel').waitFor();
    await page.getByTestId('person-identities').scrollIntoViewIfNeeded();
  });
  await look('taking an identity out', async () => {
    await page.getByTestId('unmerge').click();
    await page.getByTestId('confirm-dialog').waitFor();
  });
  await dialog('shortcuts', async () => {
    await history();
    await page.keyboard.press('?');
  });
  await page.keyboard.press('Escape');
  for (const name of ['sources', 'communities', 'agents', 'teams', 'roles', 'categories', 'folders', 'custom_fields', 'reply_assistant', 'tags', 'tokens', 'webhooks']) {
    await look(`the page of ${name}`, async () => {
      await page.goto(`${server.url}/admin/${name}`);
      await page.locator('table, [data-testid=empty]').first().waitFor();
    });
    await look(`a new one of ${name}`, async () => {
      await page.getByTestId('add').first().click();
      await page.getByTestId('form').waitFor();
    });
  }
  await look('the page of mails', async () => {
    await page.goto(`${server.url}/admin/mails`);
    await page.getByTestId('mail-sender').waitFor();
  });
  await look('the settings', async () => {
    await page.goto(`${server.url}/admin/settings`);
    await page.getByTestId('form').waitFor();
  });
  await look('a webhook', async () => {
    await page.goto(`${server.url}/admin/webhooks`);
    await page.getByTestId('edit').click();
    const refresh = page.getByRole('button', { name: 'Refresh' });
    await until(async () => {
      await refresh.click();
      return page.getByTestId('delivery-row').first().isVisible();
    }, 'a delivery is listed');
  });
  await look('a delivery', async () => {
    // The later ones of a conversation wait for its first one.
    await page.getByTestId('open-delivery').last().click();
    await page.getByTestId('delivery-dialog').getByTestId('attempt').first().waitFor();
  });
  await page.keyboard.press('Escape');
  await look('the console in French', async () => {
    await page.getByTestId('user-menu').click();
    await page.getByTestId('locale-fr').click();
    await page.goto(`${server.url}/inbox/mine/${thread}`);
    await page.getByTestId('history').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
    assert.match(await page.getByTestId('folder-unassigned').innerText(), /Sans responsable/);
    assert.match(await page.getByTestId('send').innerText(), /Envoyer/);
  });
  await look('a person in French', async () => {
    await page.getByTestId('merge-person').click();
    await page.getByText('Saisissez une partie').waitFor();
  });
  assertWhole(page);
});

test('the reference of the API', { timeout: 240_000 }, async () => {
  const page = await person(browser);
  await page.goto(`${server.url}/docs/api`);
  // All of it takes minutes to look at, and each part of it is like the others.
  await page.keyboard.press('/');
  await page.keyboard.type('tags delete');
  await page.locator('article#tag_delete').waitFor();
  assert.equal(await page.locator('article#user_list').isVisible(), false);
  await bothWays(page, 'the filtered reference');
});

test('the chat', { timeout: 120_000 }, async (t) => {
  const page = await person(browser);
  const visitor = new Visitor(page);
  const look = (name, prepare) =>
    t.test(name, async () => {
      await prepare();
      await bothWays(page, name);
    });

  await look('a page with a launcher', async () => {
    await visitor.visit(site.url);
    await page.getByTestId('launcher').waitFor();
  });
  await look('a conversation in the chat', async () => {
    await visitor.openChat();
    await visitor.say('Do you have ferns?');
    await visitor.hasState('Do you have ferns?', 'sent');
    const { records } = await server.api('GET', '/1.0/contents');
    const said = records.find((one) => one.body === 'Do you have ferns?');
    await server.api('POST', '/1.0/contents', { in_reply_to_id: said.id, body: 'Many: https://shop.test/ferns' });
    await visitor.sees('Many:');
    await page.getByTestId('composer').fill('Which');
  });
  await look('the list of conversations', async () => {
    await page.getByTestId('back').click();
    await page.getByTestId('thread-item').waitFor();
  });
  await t.test('the chat in French', async (t) => {
    const french = await makeChat(server, { name: 'Boutique' });
    const site = await Site.start(snippet(server.url, french.token));
    site.language = 'fr';
    t.after(() => site.stop());
    await visitor.visit(site.url);
    await visitor.openChat();
    assert.equal(await page.getByTestId('composer').getAttribute('placeholder'), 'Écrivez un message…');
    assert.equal(await page.getByTestId('panel').getAttribute('lang'), 'fr');
    await bothWays(page, 'the chat in French');
  });
  assertWhole(page);
});
