import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../src/chat/core/connection';
import type { ServerFrame } from '../src/shared/types';

class FakeSocket {
  readyState = 0;
  sent: { type: string; position?: number | null }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  cut(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

let sockets: FakeSocket[];
let position: number | null;
let frames: ServerFrame[];
let states: boolean[];
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  frames = [];
  states = [];
  position = null;
  connection = new Connection({
    url: 'ws://example/socket',
    hello: () => ({ type: 'hello', visitor: 'secret', position, timeline: 'first' }),
    frame: (frame) => frames.push(frame),
    changed: (open) => states.push(open),
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    random: () => 1,
  });
});

afterEach(() => vi.useRealTimers());

const last = () => sockets.at(-1) as FakeSocket;

function welcome(): void {
  last().open();
  last().say({ type: 'welcome', position: 5, timeline: 'first' });
}

test('says hello with the last position, again after each cut', () => {
  connection.start();
  welcome();
  position = 812;
  last().cut();
  vi.advanceTimersByTime(500);
  last().open();
  expect(last().sent[0]).toEqual({ type: 'hello', visitor: 'secret', position: 812, timeline: 'first' });
});

test('backs off while nobody welcomes, even if the socket itself opens', () => {
  connection.start();
  for (const delay of [500, 1000, 2000]) {
    last().open();
    last().cut();
    const count = sockets.length;
    vi.advanceTimersByTime(delay - 1);
    expect(sockets.length).toBe(count);
    vi.advanceTimersByTime(1);
    expect(sockets.length).toBe(count + 1);
  }
  expect(states).toEqual([]);
});

test('a welcome resets the back-off', () => {
  connection.start();
  for (let i = 0; i < 5; i++) {
    last().cut();
    vi.advanceTimersByTime(30_000);
  }
  welcome();
  last().cut();
  vi.advanceTimersByTime(500);
  expect(states).toEqual([true, false]);
  expect(last().readyState).toBe(0);
});

test('a nudge connects at once instead of waiting', () => {
  connection.start();
  last().cut();
  connection.nudge();
  expect(sockets.length).toBe(2);
});

test('a silent socket is pinged, and given up when no pong comes', () => {
  connection.start();
  welcome();
  vi.advanceTimersByTime(25_000);
  expect(last().sent.at(-1)).toEqual({ type: 'ping' });
  last().say({ type: 'pong' });
  expect(connection.isOpen).toBe(true);
  vi.advanceTimersByTime(25_000 + 10_000);
  expect(connection.isOpen).toBe(false);
  vi.advanceTimersByTime(500);
  expect(sockets.length).toBe(2);
});

test('a socket that never opens is given up', () => {
  connection.start();
  vi.advanceTimersByTime(15_000 + 500);
  expect(sockets.length).toBe(2);
});

test('frames of a socket that was replaced do not count', () => {
  connection.start();
  welcome();
  const old = last();
  const listener = old.onmessage;
  connection.restart();
  listener?.({ data: JSON.stringify({ type: 'welcome', position: 1, timeline: 'first' }) });
  expect(frames.length).toBe(1);
});

test('after a stop nothing comes back', () => {
  connection.start();
  welcome();
  connection.stop();
  vi.advanceTimersByTime(60_000);
  expect(sockets.length).toBe(1);
  expect(connection.send({ type: 'ping' })).toBe(false);
});

test('rubbish from a proxy is ignored', () => {
  connection.start();
  last().open();
  last().onmessage?.({ data: '<html>' });
  expect(frames).toEqual([]);
});
