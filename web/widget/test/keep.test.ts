// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import { openKeep } from '../src/shared/keep';
import type { Bridge } from '../src/shared/types';

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

const bridge = (asks_consent: boolean) => ({ token: 'T', config: { source: { asks_consent } }, wanted: {} }) as Bridge;
const stored = () => Object.keys(localStorage).sort();

test('a browser keeps what it is given, where nobody has to be asked', () => {
  openKeep(bridge(false)).set('draft:new', 'Hi');
  expect(stored()).toEqual(['hubbub:T:draft:new']);
});

test('what a page alone knows is one visitor’s, whoever asks for it', () => {
  const page = { ...bridge(true), visitor: {} } as Bridge;
  openKeep(page).set('draft:new', 'Hi');
  expect(openKeep(page).get('draft:new')).toBe('Hi');
  page.visitor = { ...page.visitor };
  expect([openKeep(page).get('draft:new'), openKeep(page).keys('')]).toEqual([null, []]);
});

test('where the visitor has to agree, nothing is kept or read before they have, and then all of it', () => {
  localStorage.setItem('hubbub:T:state', '{"outbox":true}');
  const page = bridge(true);
  const one = openKeep(page);
  one.set('draft:new', 'Hi');
  expect([stored(), one.get('draft:new')]).toEqual([['hubbub:T:state'], 'Hi']);
  expect(one.remembered().outbox).toBe(false);
  for (const given of [1, 'true', {}]) {
    page.wanted.consent = given;
    one.set('who', 'me');
    expect(stored()).toEqual(['hubbub:T:state']);
  }
  page.wanted.consent = true;
  expect(one.remembered().outbox).toBe(true);
  one.set('visitor', 'key');
  expect(stored()).toEqual(['draft:new', 'state', 'visitor', 'who'].map((key) => `hubbub:T:${key}`));
  expect(one.get('draft:new')).toBe('Hi');
});

test('whether it is open is kept for one tab alone', () => {
  const page = bridge(true);
  const one = openKeep(page);
  one.set('open', '1');
  expect(sessionStorage.length).toBe(0);
  page.wanted.consent = true;
  one.set('open', '1');
  expect([stored(), Object.keys(sessionStorage), openKeep(page).get('open')]).toEqual([[], ['hubbub:T:open'], '1']);
  one.remove('open');
  expect([sessionStorage.length, one.get('open')]).toEqual([0, null]);
});
