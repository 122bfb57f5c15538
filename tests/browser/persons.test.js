/** Several people at one computer: none sees, sends or is called what another has left there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

const push = (visitor, ...command) => visitor.page.evaluate((one) => window._chatq.push(one), command);
const identify = (visitor, identity) => push(visitor, '_setIdentity', identity);
/** All that this browser keeps for the site. */
const kept = (visitor) => visitor.page.evaluate(() => JSON.stringify(localStorage));

async function authorOf(text) {
  const { records } = await world.server.api('GET', '/1.0/contents?limit=50');
  const { author_id } = records.find((one) => one.body === text);
  const { id, uuid, screenname } = await world.server.api('GET', `/1.0/identities/${author_id}`);
  return { id, uuid, screenname };
}

/** Ada says something, has a draft, and a message that could not leave. */
async function asAda(visitor, text) {
  await visitor.page.getByTestId('launcher').click();
  await visitor.page.getByTestId('composer').waitFor();
  await identify(visitor, { uuid: 'ada', screenname: 'Ada' });
  await says(visitor, text);
  await visitor.page.context().route('**/messages', (route) => route.abort());
  await visitor.say(`${text}, unsent`);
  await visitor.hasState(`${text}, unsent`, 'retrying');
  await visitor.page.getByTestId('composer').fill(`${text}, begun`);
}

async function assertNothingOf(visitor, text) {
  assert.ok(!(await visitor.page.getByTestId('panel').innerText()).includes(text));
  assert.equal(await visitor.page.getByTestId('composer').inputValue(), '');
  assert.ok(!(await kept(visitor)).includes(text), await kept(visitor));
}

test('another uuid is another person, at once', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await asAda(visitor, 'Secret one');
  const ada = await authorOf('Secret one');
  // While the server has not answered yet, the words are gone as well.
  let answer;
  const held = new Promise((done) => (answer = done));
  await visitor.page.route('**/session', async (route) => (await held, route.continue()));
  await identify(visitor, { uuid: 'ben', screenname: 'Ben' });
  await visitor.page.getByTestId('notice').waitFor();
  assert.ok(!(await visitor.page.getByTestId('panel').innerText()).includes('Secret'));
  answer();
  await visitor.sees('Welcome!');
  await assertNothingOf(visitor, 'Secret');
  await visitor.page.context().unroute('**/messages');
  await says(visitor, 'From Ben');
  const ben = await authorOf('From Ben');
  assert.notEqual(ben.id, ada.id);
  assert.deepEqual([ben.uuid, ben.screenname], ['ben', 'Ben']);
  assert.deepEqual(await authorOf('Secret one'), { ...ada, screenname: 'Ada' }, 'the first is who she was');
  const { records } = await world.server.api('GET', '/1.0/contents?limit=50');
  assert.ok(!records.some((one) => one.body.includes('unsent')), 'nobody says what another has left');
  await visitor.page.reload();
  await visitor.sees('From Ben');
  await assertNothingOf(visitor, 'Secret');
  assertWhole(visitor.page);
});

test('another person on the next page', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await asAda(visitor, 'Secret two');
  await visitor.page.context().unroute('**/messages');
  const body = `<script>_chatq = [['_setIdentity', { uuid: 'cleo', screenname: 'Cleo' }]]</script>`;
  await visitor.visit(world.add({ body }));
  await visitor.sees('Welcome!');
  await assertNothingOf(visitor, 'Secret');
  assertWhole(visitor.page);
});

test('who is only called otherwise stays who they are', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await visitor.page.getByTestId('launcher').click();
  await says(visitor, 'From nobody');
  await identify(visitor, { uuid: 'dora', screenname: 'Dora' });
  await says(visitor, 'From Dora');
  await identify(visitor, { uuid: 'dora', screenname: 'Dora Diaz' });
  await says(visitor, 'From Dora Diaz');
  await until(async () => (await authorOf('From nobody')).screenname === 'Dora Diaz', 'the name is told');
  assert.deepEqual(await visitor.texts(), ['Welcome! Ask us anything.', 'From nobody', 'From Dora', 'From Dora Diaz']);
  assertWhole(visitor.page);
});

test('a reset forgets everything', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await visitor.page.evaluate(() => {
    localStorage.own = 'of the page';
    window.events = [];
    for (const name of ['chat_shown', 'chat_closed']) window._chatq.push(['_onEvent', name, () => window.events.push(name)]);
  });
  await asAda(visitor, 'Secret three');
  const tab = new Visitor(await visitor.page.context().newPage());
  await tab.visit(visitor.page.url());
  await tab.sees('Secret three');
  await push(visitor, '_reset');
  await visitor.page.getByTestId('panel').waitFor({ state: 'detached' });
  await tab.page.getByTestId('panel').waitFor({ state: 'detached' });
  await tab.page.getByTestId('launcher').waitFor();
  assert.equal(await kept(visitor), '{"own":"of the page"}');
  await visitor.page.context().unroute('**/messages');
  assert.deepEqual(await visitor.page.evaluate(() => window.events), ['chat_shown', 'chat_closed']);
  await visitor.page.getByTestId('launcher').click();
  await visitor.sees('Welcome!');
  await assertNothingOf(visitor, 'Secret');
  await says(visitor, 'From somebody else');
  const [ada, other] = [await authorOf('Secret three'), await authorOf('From somebody else')];
  assert.notEqual(other.id, ada.id);
  assert.notEqual(other.uuid, 'ada');
  await until(async () => !(await kept(visitor)).includes('out:'), 'all is sent');
  const { records } = await world.server.api('GET', '/1.0/contents?limit=50');
  assert.ok(!records.some((one) => one.body.includes('three, unsent')));
  assertWhole(visitor.page);
});
