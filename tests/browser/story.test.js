/** A conversation from its first word to its last: a visitor, a bot, an agent, each in a world of their own. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Program } from './support/program.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeDispositions, makeToken, makeUser } from './support/world.js';

let server, chat, site, browser, bot, visitor, agent;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await makeDispositions(server, ['Solved', 'Refunded']);
  const fern = await makeUser(server, 'Fern', 'Bot', 'Bot', { bot: true, password: undefined, no_password: true });
  bot = new Program(process.execPath, [join(import.meta.dirname, 'bot.js')], {
    HUBBUB_URL: server.url,
    BOT_TOKEN: await makeToken(server, fern),
  });
  await bot.noted('challenged', { right: true });
  site = await Site.start(snippet(server.url, chat.token));
  visitor = new Visitor(await person(browser, { width: 1280, height: 800 }));
  agent = new Agent(await person(browser), server);
  await agent.signIn(await makeUser(server, 'Nora', 'Lindholm'));
});

after(async () => {
  await browser?.close();
  await bot?.stop();
  await site?.stop();
  await server?.stop();
});

test('a bot answers, a person takes over, and the case is closed and comes back', { timeout: 170_000 }, async (t) => {
  await t.test('the visitor writes on a page of another origin, and the bot answers', async () => {
    await visitor.visit(site.url);
    assert.notEqual(new URL(site.url).origin, new URL(server.url).origin);
    await visitor.openChat();
    await visitor.say('When do you open?');
    await visitor.hasState('When do you open?', 'sent');
    await bot.noted('fetched', { body: 'When do you open?' });
    await visitor.sees('We open at ten.');
    assert.match(await visitor.senderOf('We open at ten.'), /Fern from the shop/);
  });

  await t.test('asked for a person, the bot hands over, and the thread shows up in New by itself', async () => {
    assert.equal(await agent.row('When do you open?').count(), 0, 'what the bot has is not New');
    await visitor.say('I want to talk to a person');
    await bot.noted('handed over');
    await agent.row('I want to talk to a person').waitFor();
    await until(async () => (await agent.page.getByTestId('count-unassigned').innerText()) === '1', 'New counts one');
    await shot(agent.page, 'story-new');
    await agent.open('I want to talk to a person');
    await agent.sees('We open at ten.');
    await visitor.hasState('I want to talk to a person', 'read');
  });

  await t.test('the agent engages and replies with a file', async () => {
    await agent.engage();
    const file = { name: 'opening hours.pdf', mimeType: 'application/pdf', buffer: Buffer.from('ten to six') };
    await agent.reply('A person is here. Our hours are attached.', [file]);
    await visitor.sees('A person is here.');
    assert.match(await visitor.senderOf('A person is here.'), /Nora from the shop/);
    const link = visitor.message('A person is here.').locator('a.file');
    assert.match(await link.innerText(), /opening hours\.pdf/);
    const bytes = await fetch(await link.getAttribute('href'));
    assert.equal(await bytes.text(), 'ten to six');
    await shot(visitor.page, 'story-visitor');
  });

  await t.test('each sees that the other is typing', async () => {
    await visitor.page.getByTestId('composer').pressSequentially('Can you also');
    await agent.page.getByTestId('customer-typing').filter({ hasText: 'Can you' }).waitFor();
    await shot(agent.page, 'story-typing');
    await visitor.say('Can you also deliver?');
    await agent.sees('Can you also deliver?');
    await agent.page.getByTestId('customer-typing').waitFor({ state: 'detached' });
    await agent.page.getByTestId('composer').pressSequentially('Yes, we');
    await visitor.page.getByTestId('typing').filter({ hasText: 'Nora' }).waitFor();
    await agent.reply('Yes, we do.');
    await visitor.sees('Yes, we do.');
    await visitor.page.getByTestId('typing').waitFor({ state: 'hidden' });
  });

  await t.test('an answer is delivered to a closed chat, and read once it is open', async () => {
    await agent.hasState('Yes, we do.', 'read');
    await visitor.closeChat();
    await agent.reply('Anything else?');
    const mark = agent.message('Anything else?').getByTestId('delivery');
    await agent.hasState('Anything else?', 'delivered');
    assert.equal(await mark.getAttribute('data-state'), 'delivered', 'nobody has read it yet');
    assert.equal(await visitor.page.getByTestId('unread-badge').innerText(), '1');
    await visitor.page.getByTestId('launcher').click();
    await visitor.sees('Anything else?');
    await agent.hasState('Anything else?', 'read');
    await visitor.page.getByTestId('unread-badge').waitFor({ state: 'hidden' });
  });

  await t.test('a private comment stays private, and the case closes with a disposition', async () => {
    await agent.comment('Sounds like a regular.');
    await agent.reply('Thank you, goodbye!');
    await visitor.sees('Thank you, goodbye!');
    assert.ok(!(await visitor.page.getByTestId('panel').innerText()).includes('regular'));
    await agent.close('Solved');
    await agent.goTo('done');
    await agent.row('Thank you, goodbye!').waitFor();
    await agent.goTo('mine');
    await agent.page.getByTestId('empty').waitFor();
  });

  await t.test('the next word brings it back to the agent who had it', async () => {
    await visitor.say('One more thing');
    await agent.row('One more thing').waitFor();
    await until(async () => (await agent.page.getByTestId('count-mine').innerText()) === '1', 'Mine counts one');
    await agent.open('One more thing');
    await agent.page.getByTestId('comment-card').filter({ hasText: 'Sounds like a regular.' }).waitFor();
    await shot(agent.page, 'story-back');
    const said = await visitor.texts();
    await visitor.page.reload();
    await visitor.sees('One more thing');
    assert.deepEqual(await visitor.texts(), said, 'the conversation is the same on the next page');
  });

  assertWhole(visitor.page);
  assertWhole(agent.page);
});
