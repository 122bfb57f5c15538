/**
 * What the chat costs a page, in Chromium: `npm run figures`, with the program that `HUBBUB_TEST_PROGRAM` names. The page is
 * that of a shop, without the chat and with it in turn; the chat has triggers of its own, so that all that decides is loaded.
 */
import { launch } from './support/browser.js';
import { Server } from './support/server.js';
import { page as html, Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

const ROUNDS = 9;
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 768_000 / 8 };

const middle = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const say = (what, figure, goal) => console.log(`| ${what} | ${figure} | ${goal} |`);

/** A chat with what a shop sets up: a trigger by time and variable beside the one that is built in. */
async function makeShop(server) {
  const chat = await makeChat(server, { name: 'Figures' });
  await server.api('POST', '/1.0/messaging_variables', { source_id: chat.id, label: 'Cart', name: 'custom_cart', kind: 'number' });
  const never = { criterion: 'custom_cart', position: 'any', operator: 'gte', value: 2 };
  for (let n = 0; n < 5; n++)
    await server.api('POST', '/1.0/messaging_triggers', {
      source_id: chat.id,
      label: `Cart ${n}`,
      conditions: [never, { criterion: 'page_visit_duration', position: 'current', operator: 'gte', value: 3600 + n }],
      actions: [{ type: 'show_chat_minimized' }],
    });
  return chat;
}

/** What is offered in the corner, of the catalogue. */
const button = (page) => page.getByRole('button', { name: 'Chat', exact: true });

async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.addInitScript(() => {
    window.seen = { long: [], shift: 0, paint: 0 };
    const watch = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
    watch('longtask', (one) => seen.long.push(one.duration));
    watch('layout-shift', (one) => (seen.shift += one.value));
    watch('largest-contentful-paint', (one) => (seen.paint = one.startTime));
  });
  return { context, page, devtools };
}

/** A first visit with a slow processor and line. */
async function load(browser, url, shown) {
  const { context, page, devtools } = await open(browser);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await page.goto(url, { waitUntil: 'load' });
  if (shown) await button(page).waitFor();
  await page.waitForTimeout(2_500);
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const seen = await page.evaluate(() => seen);
  await context.close();
  const mains = new Set(trace.filter((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain').map((one) => `${one.pid}:${one.tid}`));
  const tasks = trace.filter((one) => one.name === 'RunTask' && one.ph === 'X' && mains.has(`${one.pid}:${one.tid}`));
  const longest = Math.max(0, ...tasks.map((one) => one.dur / 1000));
  const blocking = seen.long.reduce((sum, one) => sum + Math.max(0, one - 50), 0);
  return { paint: seen.paint, shift: seen.shift, blocking, longest };
}

async function cost(browser, bare, shop) {
  const rounds = { bare: [], shop: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rounds.bare.push(await load(browser, bare.url, false));
    rounds.shop.push(await load(browser, shop.url, true));
  }
  const of = (where, what) => middle(rounds[where].map((one) => one[what]));
  const both = (what, digits = 0) => `${(of('shop', what) - of('bare', what)).toFixed(digits)} (${of('shop', what).toFixed(digits)} against ${of('bare', what).toFixed(digits)})`;
  say('longest task, ms, processor 4 × slower', `${of('shop', 'longest').toFixed(0)} (${of('bare', 'longest').toFixed(0)} without the chat)`, '≤ 50');
  say('blocking time more, ms', both('blocking'), '≤ 20');
  say('layout shift more', both('shift', 3), '0');
  say('largest paint later, ms, slow 4G', both('paint'), '≤ 50');
}

/** What a page that nobody touches takes of the processor, in ms a second. */
async function idle(browser, url, shown) {
  const { context, page, devtools } = await open(browser);
  await page.goto(url);
  if (shown) await button(page).waitFor();
  await page.waitForTimeout(3_000);
  await devtools.send('Performance.enable');
  const spent = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
  const before = await spent();
  await page.waitForTimeout(20_000);
  const took = ((await spent()) - before) * 1000 / 20;
  await context.close();
  return took;
}

/** From a press to the window, and from Enter to the message, as the page itself sees them. */
async function presses(browser, url) {
  const { context, page } = await open(browser);
  await page.goto(url);
  await button(page).click();
  await page.getByTestId('composer').waitFor();
  await page.getByTestId('close').click();
  const opened = [];
  const echoed = [];
  await page.evaluate(() => {
    /** In whichever shadow it is. */
    const inside = (selector) => [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector(selector)).find(Boolean);
    window.offered = () => inside('[data-testid=launcher]') ?? inside('.dimelo_chat_item_action');
    /** In ms, from an act to the frame in which something is to be seen. */
    window.until = (act, there) =>
      new Promise((done) => {
        const from = performance.now();
        act();
        const look = () => (there() ? done(performance.now() - from) : requestAnimationFrame(look));
        requestAnimationFrame(look);
      });
    window.part = (id) => inside(`[data-testid=${id}]`);
  });
  for (let round = 0; round < ROUNDS; round++) {
    opened.push(await page.evaluate(() => until(() => offered().click(), () => part('composer')?.checkVisibility())));
    const text = `Round ${round}`;
    await page.getByTestId('composer').fill(text);
    await until(() => page.getByTestId('send').getAttribute('aria-disabled').then((one) => one !== 'true'), 'send');
    echoed.push(
      await page.evaluate(
        (text) => until(() => part('send').click(), () => part('panel').querySelector('[role=log]').textContent.includes(text)),
        text,
      ),
    );
    await page.getByTestId('close').click();
    await page.getByTestId('composer').waitFor({ state: 'hidden' });
  }
  await context.close();
  return { opened: middle(opened), echoed: middle(echoed), worst: [Math.max(...opened), Math.max(...echoed)] };
}

/** The memory of scripts, in MB, after what nobody needs is gone. */
async function heap(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

async function memory(browser, server, bare, shop) {
  const without = await open(browser);
  await without.page.goto(bare.url);
  const base = await heap(without.devtools);
  await without.context.close();
  const { context, page, devtools } = await open(browser);
  await page.goto(shop.url);
  await button(page).click();
  await page.getByTestId('composer').fill('The first of a thousand');
  await page.getByTestId('send').click();
  await page.getByTestId('message').first().waitFor();
  const few = await heap(devtools);
  const thread = await until(async () => {
    const { records } = await server.api('GET', '/1.0/content_threads?sort=-created_at&limit=5');
    return records[0];
  }, 'the conversation');
  const [first] = (await server.api('GET', `/1.0/contents?thread_id=${thread.id}`)).records;
  for (let n = 0; n < 1000; n++)
    await server.api('POST', '/1.0/contents', { in_reply_to_id: first.id, body: `Answer ${n}: the parcel is on its way, and somebody will ring.` });
  await until(async () => (await page.getByTestId('message').filter({ hasText: 'Answer 999:' }).count()) > 0, 'the last one', 60_000);
  const count = await page.getByTestId('message').count();
  const many = await heap(devtools);
  await context.close();
  return { base, few, many, count };
}

const server = await Server.start({});
const browser = await launch();
const chat = await makeShop(server);
const filler = `<style>body{font:16px sans-serif;max-width:40rem;margin:auto}</style>${'<p>Ferns, palms and what they like: light, water, and to be left alone in winter.</p>'.repeat(60)}`;
const bare = await Site.serve(() => ({ body: html({ body: filler }) }));
const shop = await Site.serve(() => ({ body: html({ body: filler + snippet(server.url, chat.token) }) }));
try {
  console.log('| what | figure | goal |\n|---|---|---|');
  await cost(browser, bare, shop);
  const [alone, together] = [await idle(browser, bare.url, false), await idle(browser, shop.url, true)];
  say('an untouched page, ms of processor a second', `${(together - alone).toFixed(2)} (${together.toFixed(2)} against ${alone.toFixed(2)})`, '≤ 1');
  const pressed = await presses(browser, shop.url);
  say('press to open, ms, warm', `${pressed.opened.toFixed(0)} (at most ${pressed.worst[0].toFixed(0)})`, '≤ 200');
  say('send to be seen, ms', `${pressed.echoed.toFixed(0)} (at most ${pressed.worst[1].toFixed(0)})`, '≤ 100');
  const held = await memory(browser, server, bare, shop);
  say(`memory with ${held.count} messages, MB`, `${(held.many - held.base).toFixed(1)} (with one: ${(held.few - held.base).toFixed(1)})`, '≤ 8 with 1,000');
} finally {
  await browser.close();
  await Promise.all([server.stop(), bare.stop(), shop.stop()]);
}
