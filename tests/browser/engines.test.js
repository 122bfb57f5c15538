/** The main stories of the chat and of the console, in each engine that people have. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answer, ENGINES, says } from './support/engines.js';
import { Front } from './support/front.js';
import { invitation, invites, item, shows, trigger } from './support/offers.js';
import { Server } from './support/server.js';
import { page, Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { makeChat, makeDispositions, makeUser } from './support/world.js';

/** A theme as shops have them, and an ear for what goes wrong. */
const HEAD = `<style>
    div:empty { display: none } body > *, html > * { position: relative } div { visibility: hidden }
    * { letter-spacing: 3px; text-transform: uppercase } body { transform: translateX(40px) }
  </style>
  <script>
    window.wrong = [];
    addEventListener('error', (event) => wrong.push(event.message));
    addEventListener('unhandledrejection', (event) => wrong.push(String(event.reason)));
    window.heard = [];
    addEventListener('DOMContentLoaded', () => addEventListener('keydown', (event) => heard.push(event.key)));
  </script>`;

let server, chat, site, nora, front, offering, liveSite;

before(async () => {
  server = await Server.start();
  chat = await makeChat(server, { welcome_message: 'Welcome! Ask us anything.' });
  await makeDispositions(server, ['Solved']);
  nora = await makeUser(server, 'Nora', 'Lindholm');
  site = await Site.serve(() => ({ body: page({ head: HEAD, body: snippet(server.url, chat.token) }) }));
  front = await Front.start(server.port, OFFERS);
  const live = await makeChat(server, { name: 'Live', mode: 'live_chat' });
  const french = page({ head: HEAD, body: snippet(server.url, live.token), html: 'lang="fr"' });
  liveSite = await Site.serve(() => ({ body: french }));
  offering = await Site.serve(() => ({ body: page({ body: snippet(front.url, chat.token) }) }));
});

after(async () => {
  await site?.stop();
  await offering?.stop();
  await liveSite?.stop();
  await front?.stop();
  await server?.stop();
});

async function visitorsStory(visitor, name) {
  await visitor.goto(site.url);
  await visitor.press('launcher');
  await visitor.sees('message', 'Welcome!');
  await says(visitor, `Hello from ${name}`);
  await answer(server, `Hello from ${name}`, `Hello ${name}`);
  await visitor.sees('message', `Hello ${name}`);
  const styles = await visitor.styleOf('message', ['letterSpacing', 'textTransform', 'direction']);
  assert.deepEqual(styles, ['normal', 'none', 'ltr']);

  await visitor.write('composer', 'Half a sen');
  await visitor.run(() => {
    document.body = Object.assign(document.createElement('body'), { innerHTML: '<dialog id="cart"><button>Pay</button></dialog>' });
  });
  await visitor.sees('message', `Hello ${name}`);
  assert.equal(await visitor.valueOf('composer'), 'Half a sen');
  await visitor.run(() => document.getElementById('cart').showModal());
  await until(() => visitor.run(() => document.getElementById('cart').childElementCount > 1), 'it is in the dialog');
  await until(async () => (await visitor.valueOf('composer')) === 'Half a sen', 'with its draft');
  await says(visitor, 'tence.');
  await visitor.sees('message', 'Half a sentence.');
  await visitor.run(() => document.getElementById('cart').close());
  assert.deepEqual(await visitor.run(() => window.heard), [], 'the page hears no key');

  await visitor.goto(site.url);
  await visitor.sees('message', 'Half a sentence.');
  await visitor.run(() => void window._chatq.push(['_reset']));
  await visitor.misses('panel');
  await visitor.press('launcher');
  await visitor.sees('message', 'Welcome!');
  await visitor.misses('message', 'Half a sentence.');
  assert.deepEqual(await visitor.run(() => window.wrong), []);
}

const OFFERS = {
  version: 'v1',
  time_zone: 'Europe/Paris',
  triggers: [trigger(1, [shows(10), invites(12)])],
  items: [
    item(10, { html: '<button type="button" data-testid="offer" class="dimelo_chat_item_action">{{ask}}</button>' }),
    invitation(12, { html: '<p data-testid="invited">Need help?</p><b data-testid="no" class="dimelo_chat_item_dismiss">No</b>' }),
  ],
  variables: [],
  messages: [],
};

async function offersStory(visitor, name) {
  await visitor.goto(offering.url);
  await visitor.sees('invited', 'Need help?');
  await visitor.press('no');
  await visitor.misses('invited');
  await visitor.press('offer');
  await visitor.sees('message', 'Welcome!');
  await says(visitor, `By an offer in ${name}`);
  await visitor.misses('offer');
}

async function liveStory(visitor, name) {
  await visitor.goto(liveSite.url);
  await visitor.press('launcher');
  await says(visitor, `En direct, ${name}`);
  await visitor.sees('note', 'En attente');
  await answer(server, `En direct, ${name}`, `Bonjour ${name}`);
  await visitor.sees('message', `Bonjour ${name}`);
  await visitor.press('quit');
  await visitor.press('end-yes');
  await visitor.sees('end-frame', 'Merci');
  await visitor.press('see-again');
  await visitor.sees('message', `Bonjour ${name}`);
  await visitor.press('back');
  await visitor.press('leave');
  await visitor.misses('panel');
  assert.deepEqual(await visitor.run(() => window.wrong), []);
}

async function agentsStory(visitor, agent, name) {
  await says(visitor, `Where is my parcel, ${name}?`);
  await agent.goto(`${server.url}/`);
  await agent.write('login-email', nora.email);
  await agent.write('login-password', nora.password);
  await agent.press('login-submit');
  await agent.press('folder-unassigned');
  await agent.press('thread-row', `Where is my parcel, ${name}?`);
  await agent.press('take');
  await agent.sees('done');
  await agent.write('composer', `On its way, ${name}.`);
  await agent.press('send');
  await visitor.sees('message', `On its way, ${name}.`);
  await says(visitor, 'Thank you');
  await agent.sees('message', 'Thank you');
  await agent.press('done');
  await agent.sees('done-dialog');
  await agent.run(() => {
    const options = [...document.querySelectorAll('[data-testid=done-dialog] [role=option]')];
    options.find((one) => one.textContent.includes('Solved')).click();
  });
  await agent.press('confirm-done');
  await agent.misses('done-dialog');
  await agent.press('folder-done');
  await agent.sees('thread-row', 'Thank you');
}

for (const [name, open] of Object.entries(ENGINES)) {
  test(`a visitor and an agent in ${name}`, { timeout: 170_000 }, async (t) => {
    const visitor = await open();
    t.after(() => visitor.end());
    await t.test('the chat', () => visitorsStory(visitor, name));
    const agent = await open();
    t.after(() => agent.end());
    await t.test('the console', () => agentsStory(visitor, agent, name));
    await t.test('offers', () => offersStory(visitor, name));
    await t.test('a live chat, in French', () => liveStory(visitor, name));
  });
}
