import { toJson } from '../../../../shared/wellformed';
import type { Frame, Id, SaidFrame } from '../api/types';
import { backoff, fresh, opening, receive, type PositionedFrame, type Resume } from './resume';

type Told<K extends Frame['type']> = Extract<Frame, { type: K }>;

export type EventFrame = Told<'event'>;

interface Frames {
  event: EventFrame;
  viewers: Told<'viewers'>;
  /** How many threads the folders have. */
  counts: Told<'counts'>;
  /** What I have read of a thread, on whichever page, or what is marked for me. */
  mine: Told<'mine'>;
  /** I am at a console, on whichever machine. */
  active: Told<'active'>;
  /** Something happened to a conversation of mine, or I have seen what did, on whichever page. */
  noted: Told<'noted'>;
  /** I have written on a draft in another window. */
  draft: Told<'draft'>;
  typing: Told<'typing'>;
  /** A customer looks at another page, or their page told of them. */
  page: Told<'page'>;
  /** Visitors have come to a site, are gone, or look at something else. */
  visitors: Told<'visitors'>;
  /** Connected anew; `reload` says that events were lost and everything shown must be fetched again. */
  ready: { type: 'ready'; position: number | null; timeline: string | null; reload: boolean };
}

type Listener<K extends keyof Frames> = (frame: Frames[K]) => void;

const PING_EVERY = 25_000;
const SILENCE_LIMIT = 60_000;

class LiveSocket {
  status = $state<'off' | 'connecting' | 'open' | 'waiting'>('off');
  retryAt = $state(0);
  /** False until the first connection has been made, so that no banner flashes while the page loads. */
  everOpen = $state(false);

  private socket: WebSocket | null = null;
  private resume: Resume = fresh();
  private attempt = 0;
  private retryTimer = 0;
  private pingTimer = 0;
  private lastHeard = 0;
  private listeners = new Map<string, Set<(frame: never) => void>>();
  private thread: Id | null = null;
  private onRefused = () => {};

  constructor() {
    addEventListener('online', () => this.retryNow());
    addEventListener('offline', () => this.socket?.close());
    document.addEventListener('visibilitychange', () => {
      // A laptop that slept has a socket that looks open and is not.
      if (!document.hidden && this.status === 'open' && Date.now() - this.lastHeard > SILENCE_LIMIT)
        this.socket?.close();
      if (!document.hidden) this.retryNow();
    });
  }

  get position(): number | null {
    return this.resume.last;
  }

  on<K extends keyof Frames>(type: K, listener: Listener<K>): () => void {
    const set = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, set.add(listener as (frame: never) => void));
    return () => set.delete(listener as (frame: never) => void);
  }

  /** `onRefused` is called when connections fail before they open: the session may have ended. */
  start(onRefused: () => void): void {
    this.onRefused = onRefused;
    if (this.status === 'off') this.connect();
  }

  stop(): void {
    clearTimeout(this.retryTimer);
    clearInterval(this.pingTimer);
    this.status = 'off';
    this.socket?.close();
    this.socket = null;
    this.resume = fresh();
    this.thread = null;
    this.everOpen = false;
  }

  retryNow(): void {
    if (this.status !== 'waiting') return;
    clearTimeout(this.retryTimer);
    this.connect();
  }

  viewing(thread: Id | null): void {
    this.thread = thread;
    this.send({ type: 'viewing', thread_id: thread });
  }

  /** Somebody is at this browser. */
  active(device: string): void {
    this.send({ type: 'active', device });
  }

  typing(thread: Id, on: boolean): void {
    this.send({ type: 'typing', thread_id: thread, on });
  }

  private send(frame: SaidFrame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(toJson(frame));
  }

  private connect(): void {
    this.status = 'connecting';
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/console/socket`);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      const { state, hello } = opening(this.resume);
      this.resume = state;
      this.send(hello);
    };
    socket.onmessage = (message) => this.heard(JSON.parse(String(message.data)));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      clearInterval(this.pingTimer);
      if (!opened) this.onRefused();
      if (this.status !== 'off') this.wait();
    };
  }

  private wait(): void {
    const delay = backoff(this.attempt, Math.random());
    this.attempt += 1;
    this.status = 'waiting';
    this.retryAt = Date.now() + delay;
    this.retryTimer = window.setTimeout(() => this.connect(), delay);
  }

  private heard(frame: PositionedFrame): void {
    this.lastHeard = Date.now();
    const { state, verdict } = receive(this.resume, frame);
    this.resume = state;
    if (verdict === 'ignore') return;
    if (verdict === 'deliver') return this.emit(frame.type, frame);

    this.attempt = 0;
    this.status = 'open';
    this.everOpen = true;
    clearInterval(this.pingTimer);
    this.pingTimer = window.setInterval(() => this.beat(), PING_EVERY);
    // The server forgets who looks at what when a socket ends.
    if (this.thread) this.viewing(this.thread);
    const { position = null, timeline = null } = frame;
    this.emit('ready', { type: 'ready', position, timeline, reload: verdict === 'reload' });
  }

  private beat(): void {
    if (Date.now() - this.lastHeard > SILENCE_LIMIT) this.socket?.close();
    else this.send({ type: 'ping' });
  }

  private emit(type: string, frame: object): void {
    for (const listener of this.listeners.get(type) ?? []) listener(frame as never);
  }
}

export const live = new LiveSocket();
