import { calm, later } from '../../shared/calm';
import type { ClientFrame, ServerFrame } from '../../shared/types';
import { backoff } from './backoff';
import { pack, unpack } from '../../shared/json';

export interface ConnectionOptions {
  url: string;
  hello(): ClientFrame;
  frame(frame: ServerFrame): void;
  /** Called when the connection becomes usable, and when it ceases to be. */
  changed(open: boolean): void;
  open?: (url: string) => WebSocket;
  random?: () => number;
}

const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const OPEN_WITHIN = 15_000;

/**
 * One socket at a time, opened again for as long as it is wanted. It counts as open only after the
 * server's welcome, because a proxy may accept a socket that nobody serves: that must still back off.
 */
export class Connection {
  isOpen = false;
  private socket: WebSocket | null = null;
  private attempt = 0;
  private wanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.drop();
  }

  /** A fresh session needs a fresh hello. */
  restart(): void {
    this.stop();
    this.start();
  }

  /** The network came back or the page woke up: connect now, or make sure the socket is still alive. */
  nudge(): void {
    if (!this.wanted) return;
    if (this.isOpen) this.ping();
    else if (!this.socket) {
      this.attempt = 0;
      clearTimeout(this.timer);
      this.connect();
    }
  }

  send(frame: ClientFrame): boolean {
    if (!this.isOpen || this.socket?.readyState !== 1) return false;
    this.socket.send(pack(frame));
    return true;
  }

  private connect(): void {
    let socket: WebSocket;
    try {
      socket = (this.options.open ?? ((url: string) => new WebSocket(url)))(this.options.url);
    } catch {
      // A content security policy may forbid the address; a later page state may not.
      this.again();
      return;
    }
    this.socket = socket;
    this.watch = later(() => this.lost(socket), OPEN_WITHIN);
    socket.onopen = calm(() => socket.send(pack(this.options.hello())));
    socket.onmessage = calm((event: MessageEvent) => {
      if (socket === this.socket) this.receive(String(event.data));
    });
    socket.onclose = socket.onerror = calm(() => this.lost(socket));
  }

  private receive(text: string): void {
    const frame = unpack(text) as ServerFrame | null;
    if (!frame) return;
    this.expectSilence();
    if (!this.isOpen && (frame.type === 'welcome' || frame.type === 'reload')) {
      this.isOpen = true;
      this.attempt = 0;
      this.options.frame(frame);
      this.options.changed(true);
      return;
    }
    this.options.frame(frame);
  }

  /** Any frame proves the socket alive; after a silence we ask. */
  private expectSilence(): void {
    clearTimeout(this.watch);
    this.watch = later(() => this.ping(), PING_EVERY);
  }

  private ping(): void {
    const socket = this.socket;
    clearTimeout(this.watch);
    if (!socket || !this.send({ type: 'ping' })) return;
    this.watch = later(() => this.lost(socket), PONG_WITHIN);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.drop();
    if (this.wanted) this.again();
  }

  private again(): void {
    this.timer = later(() => this.connect(), backoff(this.attempt++, this.options.random));
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    clearTimeout(this.watch);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      // Closing while connecting logs a warning in the host's console; the browser frees it by itself.
      if (socket.readyState === 1) socket.close();
    }
    if (this.isOpen) {
      this.isOpen = false;
      this.options.changed(false);
    }
  }
}
