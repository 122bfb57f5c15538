/** What the desk knows of a person: noted on their card, and joined when two turn out to be one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

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

  await agent.goTo('unassigned');
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
  await form.getByLabel('blue').check();
  await savePerson();
  assert.deepEqual((await known()).custom_field_values.colours, ['red', 'green', 'blue'], 'what is not offered may stay');
  await editPerson();
  await form.getByLabel(/^red/).uncheck();
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

test('a field that is added meanwhile leaves the open form alone', { timeout: 90_000 }, async () => {
  const write = await visitor(server, chat, 'Blaise');
  const { thread_id } = (await write('Do you sell wheels?')).message;
  await agent.goTo('unassigned');
  await agent.open('Do you sell wheels?');
  await editPerson();
  await page.getByTestId('field-notes').fill('Thinks');
  await makeField('Sizes', 'multiple_choice', { choices: ['small', 'large'] });
  await makeField('Remarks', 'text', { multiple: true });
  await write('And engines?', thread_id);
  await agent.sees('And engines?');
  await page.getByTestId('field-notes').press('End');
  await page.keyboard.type(', therefore is');
  await savePerson();
  await page.getByTestId('person-fields').getByText('Thinks, therefore is').waitFor();
  await editPerson();
  await page.getByTestId('person-form').getByLabel('small').waitFor();
  await page.keyboard.press('Escape');
  assertWhole(page);
});

test('two people are merged, and parted again', { timeout: 120_000 }, async (t) => {
  const first = await writes('Grace', 'My order is broken');
  const second = await writes('Amazing', 'It is me again, from another phone');
  const group = async (identity_id, more) => (await server.api('POST', '/1.0/identity_groups', { identity_id, ...more })).id;
  const kept = await group(first, { firstname: 'Grace', company: 'The Navy', emails: ['grace@shop.test'] });
  await group(second, { firstname: 'Grace', lastname: 'Hopper', notes: 'Prefers to be called', emails: ['hopper@home.test'] });
  const known = () => server.api('GET', `/1.0/identity_groups/${kept}`);
  const focused = () => page.evaluate(() => document.activeElement.dataset.testid ?? document.activeElement.innerText);
  const members = page.getByTestId('person-identity');

  await t.test('with the keyboard alone', async () => {
    await agent.open('My order is broken');
    await page.getByTestId('merge-person').press('Enter');
    await page.getByTestId('merge-dialog').waitFor();
    await page.keyboard.type('nobody of that name');
    await page.getByText('Nothing matches').waitFor();
    await page.getByTestId('merge-search').fill('grace');
    await page.getByTestId('option').filter({ hasText: 'Grace Hopper' }).waitFor();
    assert.equal(await page.getByTestId('option').count(), 1, 'nobody is merged with themselves');
    await shot(page, 'merge-search');
    await page.keyboard.press('Enter');
    await page.getByTestId('merge-confirm').waitFor();
    const outcome = await page.getByTestId('merge-outcome').innerText();
    for (const text of ['Not kept: Grace Hopper', 'The Navy', 'grace@shop.test, hopper@home.test', 'Prefers to be called'])
      assert.ok(outcome.includes(text), `${text} is in ${outcome}`);
    await shot(page, 'merge-confirm');
    for (let presses = 0; (await focused()) !== 'confirm-merge'; presses += 1) {
      assert.ok(presses < 9, 'the button is within reach');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByTestId('merge-confirm').waitFor({ state: 'detached' });
    await until(async () => (await focused()) === 'merge-person', 'focus is back where it was');
    const { identity_ids, firstname, lastname, notes } = await known();
    assert.deepEqual([identity_ids, firstname, lastname, notes], [[first, second], 'Grace', null, 'Prefers to be called']);
    await page.getByTestId('other-thread').filter({ hasText: 'It is me again' }).waitFor();
    await page.getByTestId('person-panel').getByText('hopper@home.test').waitFor();
  });

  await t.test('and one of them is taken out again', async () => {
    await until(async () => (await members.count()) === 2, 'both identities are shown');
    await page.getByTestId('person-identities').scrollIntoViewIfNeeded();
    await shot(page, 'merged');
    assert.equal(await page.getByTestId('unmerge').count(), 1, 'whom the group was made for stays');
    await members.filter({ hasText: 'Amazing' }).getByTestId('unmerge').click();
    await page.getByTestId('confirm').click();
    await members.first().waitFor({ state: 'detached' });
    await page.getByTestId('other-thread').waitFor({ state: 'detached' });
    await until(async () => (await focused()) === 'merge-person', 'focus stays near');
    const { identity_ids, emails, notes } = await known();
    assert.deepEqual([identity_ids, emails, notes], [[first], ['grace@shop.test'], null]);
  });

  await t.test('somebody of whom nothing was noted yet is merged with a person of several identities', async () => {
    const last = await writes('Rear Admiral', 'And now with a title');
    await server.api('PUT', `/1.0/identity_groups/${kept}/merge`, { associated_identity_id: second });
    await server.api('PUT', `/1.0/identity_groups/${kept}`, { firstname: 'Grace', lastname: 'Murray' });
    await agent.open('And now with a title');
    await page.getByTestId('merge-person').click();
    await page.getByTestId('merge-search').fill('navy');
    await page.getByTestId('option').click();
    await page.getByTestId('merge-other').filter({ hasText: '2 identities' }).waitFor();
    await page.getByTestId('merge-confirm').getByRole('button', { name: 'Back' }).click();
    assert.equal(await page.getByTestId('merge-search').inputValue(), 'navy', 'what was typed is there with what it found');
    assert.equal(await page.getByTestId('option').count(), 1);
    await page.getByTestId('merge-search').fill('hopper');
    await page.getByTestId('option').click();
    await page.getByTestId('merge-outcome').getByText('Grace Murray').waitFor();
    await shot(page, 'merge-several');
    await page.getByTestId('confirm-merge').click();
    await page.getByTestId('merge-confirm').waitFor({ state: 'detached' });
    await until(async () => (await members.count()) === 3, 'all three are one');
    const { records } = await server.api('GET', `/1.0/identities/${last}`).then(({ identity_group_id }) =>
      server.api('GET', `/1.0/identity_groups?ids=${identity_group_id}`),
    );
    const { lastname, company, identity_ids } = records[0];
    assert.deepEqual([lastname, company, identity_ids.length], ['Murray', 'The Navy', 3], 'a corrected name is kept');
  });

  await t.test('not where the desk has switched it off', async () => {
    await server.api('PUT', '/1.0/settings', { identity_merge: false });
    await page.reload();
    await members.first().waitFor();
    assert.equal(await page.getByTestId('merge-person').count(), 0);
    assert.equal(await page.getByTestId('unmerge').count(), 2, 'what was merged can be parted all the same');
    await server.api('PUT', '/1.0/settings', { identity_merge: true });
  });

  await t.test('by nobody who may not change people', async () => {
    const role = { label: 'Reader', read_identity: true, source_permissions: ['read', 'reply'] };
    const { id } = await server.api('POST', '/1.0/roles', role);
    const reader = new Agent(await person(browser), server);
    await reader.signIn(await makeUser(server, 'Rita', 'Reader', 'Agent', { role_id: id }));
    await reader.open('And now with a title');
    const theirs = reader.page.getByTestId('person-identities');
    await theirs.getByText('Amazing').waitFor();
    assert.equal(await theirs.getByRole('button').count(), 0);
    assertWhole(reader.page);
  });
  assertWhole(page);
});
