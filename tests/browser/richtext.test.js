/** Rich text of programs: seen as such in the chat and in the console, and nothing of it runs or loads. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, site;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  site = await Site.start(snippet(server.url, (await makeChat(server)).token));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

test('a reply in HTML is rich text on both sides', { timeout: 60_000 }, async () => {
  const ada = await new Visitor(await person(browser)).visit(site.url);
  await ada.openChat();
  await ada.say('Which plants are easy?');
  await ada.hasState('Which plants are easy?', 'sent');
  const { records } = await server.api('GET', '/1.0/contents');
  const body =
    '<p onclick="x()">These <strong>two</strong>, see <a href="https://shop.test/easy">the list</a>:</p><ul><li>Ivy</li><li>Fern</li></ul>';
  const reply = { in_reply_to_id: records[0].id, body, body_format: 'html' };
  await server.api('POST', '/1.0/contents', reply);

  const bubble = ada.message('These two').locator('.bubble');
  await bubble.waitFor();
  assert.equal(await bubble.locator('strong').innerText(), 'two');
  assert.deepEqual(await bubble.locator('li').allInnerTexts(), ['Ivy', 'Fern']);
  assert.equal(await bubble.locator('a').getAttribute('href'), 'https://shop.test/easy');
  assert.equal(await bubble.locator('[onclick]').count(), 0);
  assert.doesNotMatch(await bubble.innerText(), /[<>]/);
  await shot(ada.page, 'richtext-chat');

  const desk = new Agent(await person(browser), server);
  await desk.signIn(ADMIN);
  await desk.page.goto(`${server.url}/inbox/open/${records[0].thread_id}`);
  const shown = desk.page.locator('.rich').filter({ hasText: 'These two' });
  await shown.waitFor();
  assert.deepEqual(await shown.locator('li').allInnerTexts(), ['Ivy', 'Fern']);
  await shot(desk.page, 'richtext-console');
  assertWhole(ada.page);
  assertWhole(desk.page);
});
