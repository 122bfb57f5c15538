/** Visitors as agents see them: who is on the site now, what is known of the visit, and a first word to somebody. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, chat, site, ada, agent;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await makeChat(server, { name: 'Help chat' });
  const variable = { source_id: chat.id, name: 'custom_cart', label: 'In the cart', kind: 'number' };
  await server.api('POST', '/1.0/messaging_variables', variable);
  const opens = { source_id: chat.id, label: 'Shows the chat', actions: [{ type: 'show_chat_minimized' }] };
  await server.api('POST', '/1.0/messaging_triggers', opens);
  const fill = '<script>var _chatq = [["_fillCustomVariable", "custom_cart", 3]]</script>';
  site = await Site.start(fill + snippet(server.url, chat.token));
  ada = new Visitor(await person(browser));
  agent = new Agent(await person(browser), server);
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const row = () => agent.page.getByTestId('on-site');
const panel = (name) => agent.page.getByTestId(name);

async function accessible(name) {
  const { violations } = await new AxeBuilder({ page: agent.page }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(
    grave.map(({ id, nodes }) => `${name} ${id} ${nodes.map(({ target }) => target.join(' '))}`),
    [],
  );
}

test('visitors', { timeout: 180_000 }, async (t) => {
  await t.test('who comes is there at once, without the page that is nobody’s business yet', async () => {
    await agent.page.keyboard.press('g');
    await agent.page.keyboard.press('v');
    await agent.page.getByTestId('visitors-none').waitFor();
    await ada.visit(site.url);
    await row().waitFor();
    await row().filter({ hasText: 'Page not told' }).waitFor();
    await agent.page.getByTestId('visitors-source').selectOption({ label: 'Help chat' });
    await agent.page.getByTestId('visitors-none').waitFor();
    await agent.page.getByTestId('visitors-source').selectOption({ label: 'Shop chat' });
    await row().waitFor();
  });

  await t.test('it can be used by everybody, everywhere', async () => {
    for (const [scheme, width] of [['light', 1440], ['dark', 390]]) {
      await agent.page.setViewportSize({ width, height: 844 });
      await agent.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await shot(agent.page, `visitors-${scheme}`);
      await accessible(scheme);
      const overflow = () => document.documentElement.scrollWidth > innerWidth;
      assert.equal(await agent.page.evaluate(overflow), false, `${width} wide`);
    }
    await agent.page.setViewportSize({ width: 1440, height: 900 });
    await agent.page.getByTestId('user-menu').click();
    await agent.page.getByTestId('locale-fr').click();
    await agent.page.getByRole('heading', { name: 'Visiteurs' }).waitFor();
    await row().filter({ hasText: 'Page non communiquée' }).waitFor();
    await agent.page.getByTestId('user-menu').click();
    await agent.page.getByTestId('locale-en').click();
    await row().filter({ hasText: 'Page not told' }).waitFor();
  });

  await t.test('a first word opens the chat, and leaves the focus where it is', async () => {
    await ada.page.evaluate(() => document.body.insertAdjacentHTML('afterbegin', '<input id="own" autofocus>'));
    await ada.page.locator('#own').focus();
    await agent.page.getByTestId('invite').click();
    await agent.page.getByTestId('field-body').fill('May I help you?');
    await accessible('invite');
    await agent.page.getByTestId('save').click();
    await ada.sees('May I help you?');
    assert.equal(await ada.page.evaluate(() => document.activeElement.id), 'own');
    await agent.page.getByTestId('on-site-thread').waitFor();
  });

  await t.test('once they write, the page and the visit are told, live', async () => {
    await ada.say('Yes please');
    await ada.hasState('Yes please', 'sent');
    await row().filter({ hasText: 'A shop' }).waitFor();
    await agent.page.getByTestId('on-site-thread').click();
    await agent.sees('Yes please');
    await panel('person-page').filter({ hasText: 'A shop' }).waitFor();
    assert.equal(await panel('visit-here').getAttribute('data-connected'), 'true');
    await panel('visit-variables').filter({ hasText: 'In the cart' }).filter({ hasText: '3' }).waitFor();
    assert.equal(await panel('visit.count').innerText(), '1');
    assert.match(await panel('visit.browser').innerText(), /Chrome \d+/);
    assert.equal(await panel('visit.device').innerText(), 'Computer');
    const time = () => panel('visit-on-page').innerText();
    const first = await time();
    await until(async () => (await time()) !== first, 'time goes on');
    await ada.page.evaluate(() => {
      history.pushState({}, '', '/cart');
      document.title = 'The cart';
      window._chatq.push(['_pageChange'], ['_fillCustomVariable', 'custom_cart', 4]);
    });
    await panel('person-page').filter({ hasText: 'The cart' }).waitFor();
    await panel('visit-variables').filter({ hasText: '4' }).waitFor();
    await panel('visit.pages').filter({ hasText: '2' }).waitFor();
    await shot(agent.page, 'visit-panel');
  });

  await t.test('who is on a page, or has something in a variable, is found', async () => {
    const { page } = agent;
    await page.keyboard.press('g');
    await page.keyboard.press('v');
    await row().filter({ hasText: 'The cart' }).filter({ hasText: 'In the cart' }).waitFor();
    await page.getByTestId('visitors-page').fill('the CART');
    await until(() => page.url().includes('page=the+CART'), 'it is in the address');
    await row().waitFor();
    await page.getByTestId('visitors-variable').fill('cart=3');
    await page.getByTestId('visitors-none').filter({ hasText: 'Nobody who is here fits' }).waitFor();
    await shot(page, 'visitors-filtered');
    await accessible('filtered');
    await page.getByTestId('visitors-variable').fill('in the cart=4');
    await row().waitFor();
    await page.reload();
    await row().waitFor();
    assert.equal(await page.getByTestId('visitors-page').inputValue(), 'the CART');
    await page.getByTestId('visitors-variable').fill('');
    await page.getByTestId('visitors-page').fill('');
    await until(() => !page.url().includes('?'), 'nothing is looked for');
    await page.getByTestId('on-site-thread').click();
    await agent.sees('Yes please');
  });

  await t.test('each sees that the other is typing', async () => {
    await ada.page.getByTestId('composer').pressSequentially('Where is');
    await panel('customer-typing').filter({ hasText: 'Where' }).waitFor();
    await agent.page.getByTestId('composer').pressSequentially('Let me see');
    await ada.page.getByTestId('typing').waitFor();
  });

  await t.test('who leaves is gone', async () => {
    await ada.page.goto('about:blank');
    await agent.page.locator('[data-testid=visit-here][data-connected=false]').waitFor();
    await agent.page.getByTestId('nav-visitors').click();
    await agent.page.getByTestId('visitors-none').waitFor();
  });

  assertWhole(agent.page);
});
