/** Draws the pictures of the documents anew, from the demo: `npm run pictures`, or with the name of one set of them. */
import { join, resolve } from 'node:path';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

const folder = resolve(import.meta.dirname, '../../docs/images');
const options = { reducedMotion: 'reduce', colorScheme: 'light' };
const to = (name) => ({ path: join(folder, `${name}.png`) });

/** The desk and the chat at work, of the README. */
async function desk(browser, server) {
  const visitor = new Visitor(await person(browser, { width: 1280, height: 800, ...options }));
  const agent = new Agent(await person(browser, options), server);
  await agent.signIn({ email: 'alicia@fern.example', password: 'three tulips on the sill' });

  await visitor.visit(`${server.url}/demo`);
  await visitor.page.locator('#sign-in').click();
  await visitor.page.getByRole('button', { name: 'Chat', exact: true }).click();
  await visitor.page.getByTestId('composer').waitFor();
  await visitor.say('Hello! Maren, my Boston fern, came this morning. Two of the fronds are brown at the tips.');
  await agent.goTo('open');
  await agent.open('Two of the fronds');
  await agent.engage();
  await agent.reply('Hi Nora, that happens when the box was cold. Cut the tips off and give her a warm, misty bathroom.');
  await visitor.sees('that happens when');
  await visitor.say('She has one, with a window to the north. Is that bright enough?');
  await agent.sees('Is that bright enough?');
  await agent.comment('Second cold box from the Leeds depot this week.');
  await agent.page.getByTestId('thread-categories').click();
  await agent.page.getByTestId('categories-dialog').getByLabel('Plant care').check();
  await agent.page.getByTestId('save-categories').click();
  await agent.reply('North is perfect for ferns. Here is how to trim her:', [
    { name: 'trimming-ferns.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(184_320) },
  ]);
  await visitor.sees('trimming-ferns.pdf');
  await visitor.say('Thank you, that is lovely!');
  await agent.sees('Thank you, that is lovely!');
  await agent.hasState('North is perfect', 'read');
  await visitor.hasState('Thank you, that is lovely!', 'read');
  await agent.page.getByTestId('toasts').getByRole('button').first().waitFor({ state: 'detached' });
  await agent.page.mouse.move(700, 300);
  await agent.page.screenshot(to('console'));
  await visitor.page.screenshot(to('chat'));
}

/** What the shop offers to whom, and where that is set up, of `docs/chat.md`. */
async function offers(browser, server) {
  const narrow = { width: 900, height: 620, ...options };
  const visitor = new Visitor(await person(browser, narrow));
  const { page } = visitor;
  await visitor.visit(`${server.url}/demo/product?plant=posy`);
  await page.getByRole('button', { name: 'Put into the cart' }).click();
  await page.getByText('Is this the plant for your room?').first().waitFor();
  await page.screenshot(to('invitation'));
  await page.goto(`${server.url}/demo/cart`);
  await page.getByRole('button', { name: 'Remove Posy' }).click();
  await visitor.sees('Your cart is empty again.');
  await page.screenshot(to('emptied-cart'));

  const admin = new Agent(await person(browser, { width: 1180, height: 900, ...options }), server);
  await admin.signIn(ADMIN);
  await admin.page.goto(`${server.url}/admin/triggers`);
  await admin.page.getByTestId('try-sample').selectOption('cart');
  const pages = admin.page.getByTestId('try-url');
  await pages.nth(2).fill('https://www.example.com/demo/cart');
  await admin.page.getByTestId('try-outcome').getByText('Show and open the chat').waitFor();
  await admin.page.locator('.try ol > li').nth(2).screenshot(to('try-triggers'));
  await admin.page.goto(`${server.url}/admin/sources`);
  await admin.page.getByRole('link', { name: 'Shop chat' }).click();
  await admin.page.locator('[data-field=welcome_messages]').screenshot(to('welcome-messages'));
}

/** The shop's live chat in its hours, and what stands in its place outside of them, of `docs/chat.md`. */
async function live(browser, server) {
  const visitor = new Visitor(await person(browser, { width: 900, height: 660, ...options }));
  const { page } = visitor;
  const [sheet] = (await server.api('GET', '/1.0/time_sheets')).records.filter(({ label }) => label === 'Greenhouse');
  const open = (hours) => {
    const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
    return server.api('PUT', `/1.0/time_sheets/${sheet.id}`, Object.fromEntries(days.map((day) => [`${day}_hours`, hours])));
  };
  const seen = (text) =>
    until(async () => {
      await page.goto(`${server.url}/demo/contact`);
      await page.locator('.fern-live').waitFor();
      return page.getByText(text).isVisible();
    }, text);
  await open('');
  await seen('The greenhouse is closed');
  await page.screenshot(to('live-closed'));

  await open('0-86400');
  const agent = new Agent(await person(browser, options), server);
  await agent.signIn({ email: 'alicia@fern.example', password: 'three tulips on the sill' });
  await seen('Talk to the greenhouse now');
  await page.getByRole('button', { name: 'Talk to the greenhouse now' }).click();
  await visitor.say('Are you open on Sunday? I would bring Otto, he has got yellow leaves.');
  await agent.open('Are you open on Sunday?');
  await agent.engage();
  await agent.reply('We are closed on Sundays. Come on Saturday until six, and I will have a look at Otto.');
  await visitor.sees('Come on Saturday');
  await visitor.say('Saturday it is. Thank you!');
  await visitor.hasState('Saturday it is', 'sent');
  await page.mouse.move(10, 10);
  await page.screenshot(to('live-chat'));
}

const sets = { desk, offers, live };
const [wanted] = process.argv.slice(2);
for (const [name, draw] of Object.entries(sets)) {
  if (wanted && wanted !== name) continue;
  const server = await Server.start({ args: ['--demo'] });
  const browser = await launch();
  try {
    await draw(browser, server);
  } finally {
    await browser.close();
    await server.stop();
  }
}
