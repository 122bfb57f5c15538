/** A server that is restored from a backup while pages are open: they show what it has, and miss nothing that comes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person } from './support/browser.js';
import { Proxy } from './support/proxy.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser, visitor as another } from './support/world.js';

let server, chat, browser, nora;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  nora = await makeUser(server, 'Nora', 'Lindholm');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('what was lost goes from open pages, and what comes is seen', { timeout: 120_000 }, async (t) => {
  const line = await Proxy.start(server.port);
  const site = await Site.start(snippet(line.url, chat.token));
  t.after(() => Promise.all([line.stop(), site.stop()]));
  const write = await another(server, chat, 'Bea');
  const visitor = new Visitor(await person(browser));
  const agent = new Agent(await person(browser), line);
  await Promise.all([visitor.visit(site.url), agent.signIn(nora)]);
  await visitor.openChat();
  await visitor.say('Kept');
  await visitor.hasState('Kept', 'sent');
  await agent.open('Kept');
  const file = join(server.folder, 'kept.backup');
  await server.run('backup', file);
  await visitor.say('Lost one');
  await visitor.say('Lost two');
  await visitor.hasState('Lost two', 'sent');
  await agent.sees('Lost two');

  line.cut();
  await server.kill();
  await server.run('restore', file, '--replace');
  await server.up();
  // Its journal comes further than the pages had seen it, before they are there again.
  for (let n = 1; n <= 20; n++) await write(`Elsewhere ${n}`);
  line.mend();
  for (const [who, shown] of [['visitor', visitor], ['agent', agent]]) {
    await until(async () => (await shown.texts()).join() === 'Kept', `the ${who} sees what the server has`);
  }
  // Who has waited longest stands first.
  await agent.row('Elsewhere 2').first().waitFor();
  await agent.engage();
  await agent.reply('Answer');
  await visitor.sees('Answer');
  await visitor.say('Thanks');
  await agent.sees('Thanks');
  for (const shown of [visitor, agent]) assert.deepEqual(await shown.texts(), ['Kept', 'Answer', 'Thanks']);
  assertWhole(visitor.page);
  assertWhole(agent.page);
});
