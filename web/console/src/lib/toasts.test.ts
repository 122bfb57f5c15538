import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const page = vi.hoisted(() => {
  const page = { hidden: false, heard: () => {} };
  vi.stubGlobal('navigator', { language: 'en', languages: ['en'] });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', {
    documentElement: {},
    get hidden() {
      return page.hidden;
    },
    addEventListener: (_: string, heard: () => void) => (page.heard = heard),
  });
  return page;
});

import { ApiError } from './api/http';
import { toasts } from './toasts.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});
const offer = (of = 'it') => toasts.show('done', 'Done', { label: 'Undo', run: () => {}, of }, 10_000);

it('goes after its time', () => {
  offer();
  vi.advanceTimersByTime(9_900);
  expect(toasts.all.length).toBe(1);
  vi.advanceTimersByTime(200);
  expect(toasts.all.length).toBe(0);
});

it('stands still while somebody is at it, for a minute at the most', () => {
  offer();
  vi.advanceTimersByTime(5_000);
  toasts.hold(toasts.all[0]!.id, 'pointer');
  vi.advanceTimersByTime(50_000);
  expect(toasts.all.length).toBe(1);
  vi.advanceTimersByTime(5_100);
  expect(toasts.all.length).toBe(0);
});

it('stands still in a window that nobody sees', () => {
  offer();
  page.hidden = true;
  page.heard();
  vi.advanceTimersByTime(30_000);
  expect(toasts.all.length).toBe(1);
  page.hidden = false;
  page.heard();
  vi.advanceTimersByTime(9_900);
  expect(toasts.all.length).toBe(1);
  vi.advanceTimersByTime(200);
  expect(toasts.all.length).toBe(0);
});

it('goes on with what it had left, and stays while the keys are at it', () => {
  offer();
  const { id } = toasts.all[0]!;
  vi.advanceTimersByTime(1_000);
  toasts.hold(id, 'pointer');
  toasts.hold(id, 'focus');
  toasts.release(id, 'pointer');
  vi.advanceTimersByTime(20_000);
  expect(toasts.all.length).toBe(1);
  toasts.release(id, 'focus');
  vi.advanceTimersByTime(8_900);
  expect(toasts.all.length).toBe(1);
  vi.advanceTimersByTime(200);
  expect(toasts.all.length).toBe(0);
});

it('goes when what it offers was done', () => {
  offer();
  offer('another');
  toasts.drop('it');
  expect(toasts.all.map(({ action }) => action?.of)).toEqual(['another']);
});

it('says the same once, and offers each thing that can be had', () => {
  toasts.info('Nothing');
  toasts.info('Nothing');
  offer();
  offer('another');
  expect(toasts.all.map(({ text }) => text)).toEqual(['Nothing', 'Done', 'Done']);
});

it('gives up first what offers nothing, and last what stays until it is read', () => {
  toasts.show('error', 'Not sent', { label: 'Open', run: () => {} }, Infinity);
  for (const of of ['one', 'two', 'three']) offer(of);
  toasts.info('Nothing');
  offer('four');
  vi.advanceTimersByTime(9_000);
  expect(toasts.all.map(({ text, action }) => action?.of ?? text)).toEqual(['Not sent', 'two', 'three', 'four']);
  vi.advanceTimersByTime(3_600_000);
  expect(toasts.all.map(({ text }) => text)).toEqual(['Not sent']);
  toasts.dismiss(toasts.all[0]!.id);
});

it('is over with the page that it was about, but for what was just said and what offers something', () => {
  toasts.info('Not possible');
  offer();
  toasts.show('info', 'Not sent', undefined, Infinity);
  vi.advanceTimersByTime(600);
  toasts.done('Saved');
  toasts.settle();
  expect(toasts.all.map(({ text }) => text)).toEqual(['Done', 'Not sent', 'Saved']);
  toasts.settle(0);
  expect(toasts.all.map(({ text }) => text)).toEqual(['Done', 'Not sent']);
  toasts.all.forEach(({ id }) => toasts.dismiss(id));
});

it('goes once the line is back, if it was about that and could be read', () => {
  toasts.error(new ApiError('unreachable', '', 0));
  toasts.error(new ApiError('forbidden', '', 403));
  toasts.passed();
  vi.advanceTimersByTime(2_900);
  expect(toasts.all.length).toBe(2);
  vi.advanceTimersByTime(200);
  expect(toasts.all.map(({ text }) => text)).toEqual(['You may not do this.']);
});
