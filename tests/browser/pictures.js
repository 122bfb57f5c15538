/** Draws the pictures of the README anew, from the demo: `npm run pictures`. */
import { join, resolve } from 'node:path';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { Visitor } from './support/visitor.js';

const folder = resolve(import.meta.dirname, '../../docs/images');
const server = await Server.start({ args: ['--demo'] });
const browser = await launch();
const options = { reducedMotion: 'reduce', colorScheme: 'light' };
try {
  const visitor = new Visitor(await person(browser, { width: 1280, height: 800, ...options }));
  const agent = new Agent(await person(browser, options), server);
  await agent.signIn({ email: 'alicia@fern.example', password: 'three tulips on the sill' });

  await visitor.visit(`${server.url}/demo`);
  await visitor.page.locator('#sign-in').click();
  await visitor.openChat();
  await visitor.say('Hello! Maren, my Boston fern, came this morning. Two of the fronds are brown at the tips.');
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
  await agent.page.screenshot({ path: join(folder, 'console.png') });
  await visitor.page.screenshot({ path: join(folder, 'chat.png') });
} finally {
  await browser.close();
  await server.stop();
}
