/** A live chat and the catalogue's own items for who has no mouse, listens to the page, or has tired eyes. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, chat, site, folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-live-chat-'));
  const env = { HUBBUB_MAIL_FOLDER: folder, HUBBUB_MAIL_FROM: 'desk@shop.test' };
  [server, browser] = await Promise.all([Server.start({ env }), launch()]);
  chat = await makeChat(server, { mode: 'live_chat', sender_name: '{{firstname}}' });
  site = await Site.start(snippet(server.url, chat.token));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function visit() {
  return new Visitor(await person(browser, { reducedMotion: 'reduce' })).visit(site.url);
}

/** What is on the page in both schemes, wide and as narrow as a page at 400 %. */
async function check(page, name) {
  for (const [colorScheme, width] of [['light', 1440], ['dark', 1440], ['dark', 320], ['light', 320]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await shot(page, `live-${name}-${colorScheme}-${width}`.replace(/\W+/g, '-'));
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    assert.deepEqual(grave.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${name}, ${colorScheme}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** The test id of what has the focus in the chat. */
const focused = (page) => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.dataset.testid);

async function tabTo(page, testid) {
  await until(async () => {
    if ((await focused(page)) === testid) return true;
    await page.keyboard.press('Tab');
    return (await focused(page)) === testid;
  }, `${testid} is reached`);
}

async function contentOf(text) {
  const { records } = await server.api('GET', '/1.0/contents?limit=50');
  return records.find((one) => one.body === text);
}

/** Notes what is read out: what comes into regions that speak. */
const hear = (page) =>
  page.evaluate(() => {
    window.heard = [];
    const root = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('[data-testid=panel]')).shadowRoot;
    const speaks = (node) => {
      const region = (node.nodeType === 1 ? node : node.parentElement)?.closest('[aria-live],[role=status],[role=alert],[role=log]');
      return region && region.getAttribute('aria-live') !== 'off';
    };
    new MutationObserver((all) => {
      for (const { addedNodes } of all) for (const node of addedNodes) if (speaks(node)) window.heard.push(node.textContent);
    }).observe(root, { childList: true, subtree: true });
  });

test('a live chat by the keyboard alone, and what is read out of it', { timeout: 120_000 }, async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.getByTestId('launcher').waitFor();
  await tabTo(page, 'launcher');
  await page.keyboard.press('Enter');
  await page.getByTestId('composer').waitFor();
  await until(async () => (await focused(page)) === 'composer', 'one can write at once');
  const hint = await page.locator('.empty').filter({ visible: true }).innerText();
  assert.match(hint, /somebody answers you right here/, 'it promises no answer that waits');
  await page.keyboard.type('Is anybody there?');
  await page.keyboard.press('Enter');
  await visitor.hasState('Is anybody there?', 'sent');
  await page.getByTestId('note').filter({ hasText: 'Waiting' }).waitFor();
  await check(page, 'waiting');
  await hear(page);
  const { id } = await contentOf('Is anybody there?');
  await server.api('POST', '/1.0/contents', { in_reply_to_id: id, body: 'How can I help?' });
  await visitor.sees('How can I help?');
  await until(async () => (await page.evaluate(() => window.heard.join('|'))).includes('How can I help?'), 'it is read out');
  const heard = await page.evaluate(() => window.heard.join('|'));
  assert.equal(heard.match(/How can I help\?/g).length, 1, heard);
  assert.ok(!heard.includes('Is anybody there?'), `what was there is read out again: ${heard}`);
  await check(page, 'connected');
  await tabTo(page, 'quit');
  await page.keyboard.press('Enter');
  await page.getByTestId('end-yes').waitFor();
  await check(page, 'the question');
  await page.keyboard.press('Escape');
  await page.getByTestId('end-yes').waitFor({ state: 'detached' });
  assert.ok(await page.getByTestId('panel').isVisible());
  await tabTo(page, 'quit');
  await page.keyboard.press('Enter');
  await tabTo(page, 'end-yes');
  await page.keyboard.press('Enter');
  await page.getByTestId('end-frame').waitFor();
  await check(page, 'the end');
  await tabTo(page, 'see-again');
  await page.keyboard.press('Enter');
  await visitor.sees('How can I help?');
  await check(page, 'seen again');
  await tabTo(page, 'back');
  await page.keyboard.press('Enter');
  await tabTo(page, 'leave');
  await page.keyboard.press('Enter');
  await page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.equal(await focused(page), 'launcher');
  assertWhole(page);
});

test('an end that the other side makes leaves the keyboard in the chat', { timeout: 60_000 }, async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.openChat();
  await visitor.say('A question');
  await visitor.hasState('A question', 'sent');
  await page.getByTestId('composer').focus();
  await page.keyboard.type('half a sen');
  const { thread_id } = await contentOf('A question');
  await server.api('PUT', `/1.0/content_threads/${thread_id}/close`);
  await page.getByTestId('end-frame').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.equal(await focused(page), 'launcher');
  await page.keyboard.press('Enter');
  await page.getByTestId('end-frame').waitFor();
  assertWhole(page);
});

test('whom nobody answers is told so, and can leave an address', { timeout: 90_000 }, async (t) => {
  const alone = await makeChat(server, { name: 'Night chat', mode: 'live_chat', impossibility_message_delay: 1 });
  for (const [language, dir] of [['en', 'ltr'], ['ar', 'rtl']]) {
    await t.test(language, async () => {
      site.code = snippet(server.url, alone.token);
      site.language = language;
      const visitor = await visit();
      const { page } = visitor;
      await visitor.openChat();
      assert.equal(await page.getByTestId('panel').getAttribute('dir'), dir);
      await visitor.say(`A question, ${language}`);
      await page.getByTestId('end-frame').waitFor();
      await page.getByTestId('email-input').waitFor();
      await check(page, `nobody-${language}`);
      await page.getByTestId('email-send').click();
      await page.getByTestId('email-wrong').filter({ hasText: /./ }).waitFor();
      await page.getByTestId('email-input').fill(`ann.${language}@shop.test`);
      await page.keyboard.press('Enter');
      // Nothing else is promised than what is done: nobody is told by mail of what they have missed in a live chat.
      const thanks = { en: 'Thank you! We will write to you there.', ar: 'شكرًا! سنراسلك على هذا البريد.' };
      await page.getByTestId('email-given').filter({ hasText: thanks[language] }).waitFor();
      const { author } = await contentOf(`A question, ${language}`);
      await until(async () => {
        const { records } = await server.api('GET', '/1.0/identities?limit=50');
        return records.some((one) => one.email === `ann.${language}@shop.test`);
      }, `agents have it (${author?.screenname})`);
      await page.reload();
      await page.getByTestId('end-frame').waitFor();
      assert.equal(await page.getByTestId('email-form').count(), 0, 'nobody is asked for what is known');
      await page.getByTestId('leave').click();
      await visitor.openChat();
      await check(page, `begins-${language}`);
      assertWhole(page);
    });
  }
  site.code = snippet(server.url, chat.token);
  site.language = 'en';
});

/** What each language's page shows of the items that a chat begins with. */
const LONG = 'Fragen Sie unsere Donaudampfschifffahrtsgesellschaftskapitäne nach allem, was Sie wissen möchten';

test('the items that each chat begins with', { timeout: 240_000 }, async (t) => {
  const { records } = await server.api('GET', `/1.0/messaging_items?source_id=${chat.id}`);
  assert.ok(records.length >= 6);
  for (const [language, item] of ['en', 'ar', 'de'].flatMap((code) => records.map((one) => [code, one]))) {
    await t.test(`${item.label}, ${language}`, async () => {
      const says = item.type === 'automatic_message';
      const action =
        item.type === 'button'
          ? { type: 'show_button', item_ids: [item.id] }
          : { type: says ? 'automatic_message' : 'show_invitation', [says ? 'message_id' : 'item_id']: item.id };
      const actions = says ? [{ type: 'show_and_open_chat' }, action] : [action];
      const trigger = await server.api('POST', '/1.0/messaging_triggers', { source_id: chat.id, label: item.label, actions });
      // A long label where there is one.
      if (language === 'de' && item.type === 'button') {
        await server.api('PUT', `/1.0/messaging_items/${item.id}`, { texts: { de: { label: LONG } } });
      }
      const code = `<div id="dimelo_chat_item_markup_${item.id}" class="dimelo_chat_item_markup"></div>${snippet(server.url, chat.token)}`;
      Object.assign(site, { code, language });
      const { page } = await visit();
      if (language === 'ar') await page.evaluate(() => (document.documentElement.dir = 'rtl'));
      const own = `#dimelo_chat_${item.type}_${item.id}`;
      const made = (says ? page.getByTestId('message') : page.locator(`${own}, ${own} *`)).filter({ visible: true }).first();
      await made.waitFor();
      if (item.type === 'invitation' && language === 'en') await page.getByRole('dialog', { name: 'Can we help you?', exact: true }).waitFor({ state: 'attached' });
      await check(page, `${item.label}-${language}`);
      await page.setViewportSize({ width: 320, height: 640 });
      const edges = await page.evaluate((own) => {
        const inside = [...document.querySelectorAll(`${own} *`)].map((one) => one.getBoundingClientRect());
        const button = document.querySelector('.dimelo-chat-bubble')?.getBoundingClientRect();
        const over = (box) =>
          button && box.width && box.left < button.right && box.right > button.left && box.top < button.bottom && box.bottom > button.top;
        return {
          left: Math.min(0, ...inside.map((box) => box.left)),
          right: Math.max(innerWidth, ...inside.map((box) => box.right)) - innerWidth,
          wider: Math.max(0, document.documentElement.scrollWidth - innerWidth),
          over: inside.some(over),
        };
      }, own);
      const lies = item.type === 'invitation' && edges.over;
      assert.deepEqual({ ...edges, over: lies }, { left: 0, right: 0, wider: 0, over: false });
      await server.api('DELETE', `/1.0/messaging_triggers/${trigger.id}`);
      assertWhole(page);
    });
  }
});
