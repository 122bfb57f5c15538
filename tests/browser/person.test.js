/** What the desk knows of a person: noted on their card, and joined when two turn out to be one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { makeChat, visitor } from './support/world.js';

let server, browser, chat, agent, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody writes; gives their identity's id. */
async function writes(name, text) {
  const write = await visitor(server, chat, name);
  await write(text);
  const { records } = await server.api('GET', '/1.0/contents');
  return records.find((one) => one.body === text).author_id;
}

const makeField = (label, type, more = {}) =>
  server.api('POST', '/1.0/custom_fields', { associated_type_name: 'IdentityGroup', label, type, ...more });

const editPerson = () => page.getByTestId('edit-person').click();

async function savePerson() {
  await page.getByTestId('person-form').getByTestId('save').click();
  await page.getByTestId('person-form').waitFor({ state: 'detached' });
}

test('a note does not touch the other values', { timeout: 90_000 }, async () => {
  const level = await makeField('Level', 'single_choice', { choices: ['gold', 'tin'] });
  const colours = await makeField('Colours', 'multiple_choice', { choices: ['red', 'green', 'blue'] });
  await makeField('Addresses', 'text', { multiple: true });
  await makeField('Orders', 'string', { multiple: true });
  const values = {
    level: 'gold',
    colours: ['red', 'green'],
    addresses: ['1 High Street\nLeeds', '2 Low Street'],
    orders: ['7', '8'],
  };
  const ada = await writes('Ada', 'Where is my parcel?');
  const group = await server.api('POST', '/1.0/identity_groups', { identity_id: ada, custom_field_values: values });
  await server.api('PUT', `/1.0/custom_fields/${level.id}`, { choices: ['tin'] });
  await server.api('PUT', `/1.0/custom_fields/${colours.id}`, { choices: ['green', 'blue'] });
  const known = () => server.api('GET', `/1.0/identity_groups/${group.id}`);

  await agent.goTo('new');
  await agent.open('Where is my parcel?');
  await editPerson();
  const form = page.getByTestId('person-form');
  await form.getByTestId('field-notes').fill('Likes ferns');
  await shot(page, 'person-form');
  await savePerson();
  const noted = await known();
  assert.deepEqual([noted.notes, noted.custom_field_values], ['Likes ferns', values]);

  await editPerson();
  await form.getByLabel('Addresses').nth(1).fill('2 Low Street\nYork');
  await form.getByLabel('Addresses').nth(2).fill('3 Middle Street');
  await form.getByLabel('Orders').fill('8\n9');
  await form.getByLabel('Level').selectOption('tin');
  await form.getByLabel(/^red/).uncheck();
  await form.getByLabel('blue').check();
  await savePerson();
  const changed = await known();
  assert.deepEqual(changed.custom_field_values, {
    level: 'tin',
    colours: ['green', 'blue'],
    addresses: ['1 High Street\nLeeds', '2 Low Street\nYork', '3 Middle Street'],
    orders: ['8', '9'],
  });
  assert.equal(changed.notes, 'Likes ferns');
  assertWhole(page);
});
