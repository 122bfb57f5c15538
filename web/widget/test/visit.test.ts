import { expect, test } from 'vitest';
import { type PageRecord, VISIT_MS, VisitStore } from '../src/manager/store';
import { memoryKeep } from './support';

/** Storage, a clock that the test moves, and tabs that share both. */
function browser() {
  const keep = memoryKeep();
  const clock = { now: 1_800_000_000_000 };
  const tab = (url: string) => {
    const store = new VisitStore(keep, () => clock.now);
    store.begin();
    store.sample({ page_url: url });
    return store;
  };
  const urls = (store: VisitStore) => store.pages().map((page) => page.values.page_url);
  return { keep, clock, tab, urls };
}

test('pages of a visit are remembered from the oldest to the current one', () => {
  const { clock, tab, urls } = browser();
  for (const url of ['/a', '/b']) {
    tab(url);
    clock.now += 60_000;
  }
  const store = tab('/c');
  expect(urls(store)).toEqual(['/a', '/b', '/c']);
  expect(store.visit).toMatchObject({ count: 1, pages: 3, started: 1_800_000_000_000, stopped: false, once: [] });
  store.begin();
  store.sample({ page_url: '/d' });
  expect(urls(store)).toEqual(['/a', '/b', '/c', '/d']);
});

test('half an hour without a page begins another visit, and a moment less does not', () => {
  const { clock, tab, urls } = browser();
  tab('/a').change((visit) => {
    visit.stopped = true;
    visit.once.push('t1');
  });
  clock.now += VISIT_MS - 1;
  expect(tab('/b').visit).toMatchObject({ count: 1, pages: 2, stopped: true, once: ['t1'] });
  clock.now += VISIT_MS;
  const store = tab('/c');
  expect(store.visit).toMatchObject({ count: 2, pages: 1, stopped: false, once: [], started: clock.now });
  expect(urls(store)).toEqual(['/c']);
});

test('a page that stays open keeps the visit alive', () => {
  const { clock, tab } = browser();
  const open = tab('/a');
  for (let i = 0; i < 8; i++) {
    clock.now += 5 * 60_000;
    open.sample({ page_url: '/a' });
  }
  expect(tab('/b').visit).toMatchObject({ count: 1, pages: 2 });
});

test('a clock that was set back ends no visit', () => {
  const { clock, tab } = browser();
  tab('/a');
  clock.now -= 3 * VISIT_MS;
  expect(tab('/b').visit.count).toBe(1);
});

test('of sixty pages the first and the newest are kept', () => {
  const { clock, tab, urls } = browser();
  let store = tab('/1');
  for (let i = 2; i <= 60; i++) {
    clock.now += 1000;
    store = tab(`/${i}`);
  }
  expect(store.visit.pages).toBe(60);
  expect(urls(tab('/61')).length).toBeLessThanOrEqual(51);
  expect(urls(store)[0]).toBe('/1');
  expect(urls(store).at(-2)).toBe('/59');
});

test('what is kept has a bound, and the first page is the last to go', () => {
  const { keep, clock, tab, urls } = browser();
  const long = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`custom_${i}`, 'x'.repeat(900)]));
  let store = tab('/1');
  for (let i = 2; i <= 40; i++) {
    clock.now += 1000;
    store = tab(`/${i}`);
    store.sample({ page_url: `/${i}`, ...long });
  }
  expect(keep.get('pages')?.length).toBeLessThanOrEqual(64 * 1024);
  expect(store.page.values.custom_0).toHaveLength(900);
  const kept = JSON.parse(keep.get('pages') ?? '') as PageRecord[];
  expect(kept.every((page) => page.values.custom_0 === undefined || page.values.custom_0 === 'x'.repeat(500))).toBe(true);
  expect(urls(tab('/41'))[0]).toBe('/1');
});

test('two tabs share the visit, and each has its own current page', () => {
  const { clock, tab, urls } = browser();
  const one = tab('/a');
  clock.now += 1000;
  const two = tab('/b');
  clock.now += 1000;
  expect(urls(two)).toEqual(['/a', '/b']);
  expect(urls(one)).toEqual(['/a']);
  two.change((visit) => visit.once.push('t2'));
  one.change((visit) => visit.once.push('t1'));
  clock.now += 20_000;
  one.sample({ page_url: '/a', custom_cart: 2 });
  two.sample({ page_url: '/b' });
  const next = tab('/c');
  expect(next.visit.once).toEqual(['t2', 't1']);
  expect(next.visit.pages).toBe(3);
  expect(next.pages().map((page) => page.values.custom_cart)).toEqual([2, undefined, undefined]);
});

test('a tab that was left open joins the visit that another has begun', () => {
  const { clock, tab } = browser();
  const old = tab('/a');
  clock.now += 2 * VISIT_MS;
  const next = tab('/b');
  expect(next.visit.count).toBe(2);
  old.write();
  expect(tab('/c').visit).toMatchObject({ count: 2, pages: 2 });
});

test('the pages of a visit that is over count for nothing in the next', () => {
  const { clock, tab } = browser();
  const old = tab('/a');
  for (let i = 0; i < 8; i++) old.begin();
  clock.now += 2 * VISIT_MS;
  tab('/b');
  old.write();
  expect(tab('/c').visit).toMatchObject({ count: 2, pages: 2 });
});

test('pages that change without loading are bound as well', () => {
  const { keep, clock, tab, urls } = browser();
  const store = tab('/1');
  for (let i = 2; i <= 200; i++) {
    clock.now += 1000;
    store.begin();
    store.sample({ page_url: `/${i}` });
  }
  expect(store.visit.pages).toBe(200);
  expect(urls(store).length).toBeLessThanOrEqual(50);
  expect(urls(store)[0]).toBe('/1');
  expect(urls(store).slice(-2)).toEqual(['/199', '/200']);
  const kept = JSON.parse(keep.get('pages') ?? '') as PageRecord[];
  expect(urls(store)).toEqual(kept.map((page) => page.values.page_url));
});

test('a page that changes its address before it says so stays what it was', () => {
  const { clock, tab, urls } = browser();
  const store = tab('/cart');
  store.sample({ page_url: '/cart', custom_products: 3 });
  clock.now += 1000;
  store.sample({ page_url: '/home', custom_products: 0 });
  store.begin('/home');
  store.sample({ page_url: '/home', custom_products: 0 });
  expect(urls(store)).toEqual(['/cart', '/home']);
  expect(store.pages()[0]?.values.custom_products).toBe(3);
});

test('a page whose address had changed before is what it was at its end', () => {
  const { clock, tab, urls } = browser();
  const store = tab('/list');
  store.sample({ page_url: '/list?page=2' });
  clock.now += 60_000;
  store.sample({ page_url: '/list?page=2', custom_products: 3 });
  store.begin('/home');
  store.sample({ page_url: '/home' });
  expect(urls(store)).toEqual(['/list?page=2', '/home']);
  expect(store.pages()[0]?.values.custom_products).toBe(3);
});

test.each(['', 'null', '{', '[]', '5', '{"count":"x","started":{},"once":5,"stopped":1}', '[null,5,{"n":1}]'])(
  'whatever stands in storage (%s) is a first visit',
  (text) => {
    const { keep, tab, urls } = browser();
    keep.set('visit', text);
    keep.set('pages', text);
    const store = tab('/a');
    expect(store.visit).toMatchObject({ count: 1, pages: 1, once: [], stopped: false });
    expect(urls(store)).toEqual(['/a']);
  },
);

test('what is forgotten begins as a first visit', () => {
  const { keep, tab, clock, urls } = browser();
  const store = tab('/a');
  clock.now += 1000;
  store.begin();
  keep.data.clear();
  store.forget();
  store.begin();
  store.sample({ page_url: '/b' });
  expect(store.visit).toMatchObject({ count: 1, pages: 1 });
  expect(urls(store)).toEqual(['/b']);
});
