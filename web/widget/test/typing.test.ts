import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TypingSignal } from '../src/chat/core/typing';

let sent: [boolean, string][];
let signal: TypingSignal;

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
  sent = [];
  signal = new TypingSignal((on, preview) => sent.push([on, preview]));
});

afterEach(() => vi.useRealTimers());

test('at most one signal in two seconds, ending with the text as it stands', () => {
  for (let i = 1; i <= 30; i++) {
    signal.typed('x'.repeat(i));
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(2000);
  expect(sent.map(([, text]) => text.length)).toEqual([1, 20, 30]);
});

test('stopping is told once, and only if there was something to stop', () => {
  signal.stop();
  signal.typed('hello');
  signal.stop();
  signal.stop();
  expect(sent).toEqual([
    [true, 'hello'],
    [false, ''],
  ]);
});

test('an emptied box is a stop, and nothing follows it', () => {
  signal.typed('hello');
  signal.typed('hell');
  signal.typed('');
  vi.advanceTimersByTime(5000);
  expect(sent.at(-1)).toEqual([false, '']);
  expect(sent.length).toBe(2);
});
