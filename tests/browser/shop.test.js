/** The demo's shop: six pages under strict rules, on which each of its triggers is seen to act. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start({ args: ['--demo'] })]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const PAGES = ['/demo', '/demo/plants', '/demo/product?plant=otto', '/demo/cart', '/demo/checkout', '/demo/contact'];

/** A visitor of the shop; what the browser refuses of a page is kept. */
async function comes() {
  const visitor = new Visitor(await person(browser));
  visitor.refused = [];
  visitor.page.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) visitor.refused.push(message.text());
  });
  return visitor;
}

/** The hours of the live chat, on every day. */
async function open(hours) {
  const { records } = await server.api('GET', '/1.0/time_sheets');
  const sheet = records.find(({ label }) => label === 'Greenhouse');
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  await server.api('PUT', `/1.0/time_sheets/${sheet.id}`, Object.fromEntries(days.map((day) => [`${day}_hours`, hours])));
}

test('all of its pages can be read by everybody, wide and narrow, light and dark', { timeout: 120_000 }, async () => {
  const { page, refused } = await comes();
  for (const path of PAGES) {
    await page.goto(server.url + path);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${path} ${colorScheme}`);
    }
    await page.setViewportSize({ width: 320, height: 700 });
    const wide = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
    assert.equal(await page.evaluate(wide), 0, path);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  assert.deepEqual(refused, []);
  assert.equal((await page.goto(`${server.url}/demo/nothing`)).status(), 404);
});

test('a plant that is looked at invites, and a cart that is emptied opens the chat', { timeout: 120_000 }, async () => {
  const visitor = await comes();
  const { page } = visitor;
  await visitor.visit(`${server.url}/demo`);
  await page.getByRole('button', { name: 'Chat', exact: true }).waitFor();
  await page.getByRole('link', { name: 'See this week’s plants' }).click();
  await page.getByRole('link', { name: 'Posy, chinese money plant' }).click();
  await page.getByRole('button', { name: 'Put into the cart' }).click();
  await page.getByText('Posy, chinese money plant is in the cart.').waitFor();
  await page.getByText('Is this the plant for your room?').first().waitFor();
  await page.getByRole('button', { name: 'Ask a gardener' }).click();
  await visitor.sees('Hello! Ask us anything about plants');
  await page.goto(`${server.url}/demo/cart`);
  await page.getByRole('button', { name: 'Remove Posy' }).click();
  await visitor.sees('Your cart is empty again.');
  await visitor.say('She is too big for the sill');
  await visitor.hasState('She is too big for the sill', 'sent');
  const { records } = await server.api('GET', '/1.0/content_threads?limit=1&q=order:created_at.desc');
  const [thread] = records;
  assert.equal(thread.extra_data.trigger_name, 'Emptied cart');
  const said = await server.api('GET', `/1.0/contents?q=thread:${thread.id} order:created_at.asc`);
  assert.deepEqual(said.records.map(({ created_from }) => created_from), ['automatic', 'synchronizer']);
  assert.deepEqual(visitor.refused, []);
});

test('an order is no emptied cart', { timeout: 60_000 }, async () => {
  const visitor = await comes();
  const { page } = visitor;
  await visitor.visit(`${server.url}/demo/product?plant=otto`);
  await page.getByRole('button', { name: 'Put into the cart' }).click();
  await page.getByRole('link', { name: 'Cart (1)' }).click();
  await page.getByRole('link', { name: 'To the checkout' }).click();
  for (const name of ['Name', 'Street and number', 'City']) await page.getByLabel(name).fill('Ada');
  await page.getByRole('button', { name: 'Order' }).click();
  await page.getByText('Your plants are as good as on their way.').waitFor();
  await page.getByRole('link', { name: 'Cart (0)' }).waitFor();
  await page.getByRole('button', { name: 'Chat', exact: true }).waitFor();
  assert.equal(await page.getByTestId('composer').count(), 0);
});

test('the greenhouse is a live chat in its hours while somebody is there, else a place to write to', { timeout: 120_000 }, async () => {
  const visitor = await comes();
  const { page } = visitor;
  const now = page.getByRole('button', { name: 'Talk to the greenhouse now' });
  const closed = page.getByText('The greenhouse is closed');
  const seen = (what) =>
    until(async () => {
      await page.goto(`${server.url}/demo/contact`);
      await page.locator('.fern-live').waitFor();
      return what.isVisible();
    }, 'the greenhouse as it is');
  await open('0-86400');
  await seen(closed);
  await page.getByRole('link', { name: 'Write to us, we answer in the morning' }).click();
  assert.equal(new URL(page.url()).hash, '#write');

  const agent = new Agent(await person(browser), server);
  await agent.signIn({ email: 'alicia@fern.example', password: 'three tulips on the sill' });
  await open('');
  await seen(closed);
  await open('0-86400');
  await seen(now);
  await now.click();
  await visitor.sees('You are talking to the greenhouse.');
  await visitor.say('Are you open on Sunday?');
  await agent.open('Are you open on Sunday?');
  await agent.sees('You are talking to the greenhouse.');
  assert.deepEqual(visitor.refused, []);
});
