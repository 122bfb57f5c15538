/** What the server answers (`web/api`), under the widget's names for it, and the seam between the loader and the panel. */

import type { Schemas } from '../../../api';
import type { Controller } from '../chat/core/controller';
import type { Words } from '../chat/i18n';

export type Config = Schemas['ChatConfig'];
export type Source = Schemas['ChatSource'];
export type Attachment = Schemas['ChatFile'];
export type Structured = Schemas['ChatStructured'];
export type Card = Schemas['ChatCard'];
/** What answers when it is pressed. */
export type Choice = Schemas['ChatChoice'];
export type Button = Schemas['ChatButton'] | (Choice & { type?: undefined });
export type Message = Schemas['ChatMessage'];
export type Thread = Schemas['ChatThread'];
/** What is told between the messages of a live chat. */
export type Notice = Schemas['ChatNotice'];

/** What a socket says to the widget. */
export type ServerFrame = Schemas['VisitorTold'];
/** Where the visitor of a live chat stands who waits. */
export type Queue = Extract<ServerFrame, { type: 'queue' }>;
/** What the widget says to its socket. */
export type ClientFrame = Schemas['VisitorSaid'];

/** Status 200 with a session, a refusal by the server, or status 0 when no answer came. */
export type SessionAnswer = Partial<Schemas['ChatSession'] & Schemas['Error']> & { status: number };

/** The secret that makes this browser a visitor, and what the page told us about them by `_chatq`. */
export interface Visitor {
  visitor: string | null;
  identity: Record<string, unknown> | null;
  jwt: string | null;
  custom: Record<string, unknown>;
}

/** What must outlive a page change, kept in localStorage. */
export interface Remembered {
  open: boolean;
  /** Time of the visitor's last message (milliseconds), 0 when there was none. */
  engagedAt: number;
  /** The conversation last looked at. */
  thread: string | null;
  /** Messages are waiting to be sent. */
  outbox: boolean;
  /** The live chat that the visitor has left. */
  left: string | null;
}

export type Locale = 'en' | 'fr';

export type Command = [name: string, ...args: unknown[]];

/** Everything the panel gets from the loader; both are separate scripts, so this is their only link. */
export interface Bridge {
  base: string;
  token: string;
  config: Config;
  locale: Locale;
  visitor: Visitor;
  /** A session that the loader opened for the unread count and that nobody has taken yet. */
  session: SessionAnswer | null;
  /** Opens a session, with what writes its JSON. */
  openSession(write: (value: object) => string): Promise<SessionAnswer>;
  /** Says that a text may become markup or a script's address, where the page asks for that. */
  trust: Trust | undefined;
  /** The shadow root where the panel lives. */
  root: ShadowRoot;
  embedded: boolean;
  emit(event: string, data?: Record<string, unknown>): void;
  /** Asks for one of the widget's scripts until it has done what it is for. */
  script<T>(name: string, made: () => T | undefined): Promise<T>;
  /** Absent in embedded mode. */
  launcher: HTMLElement | undefined;
}

/** The part of a Trusted Types policy that the widget uses; what it gives is taken where a text is. */
export interface Trust {
  createHTML(html: string): unknown;
  createScriptURL(url: string): unknown;
}

export interface Chat {
  /** A panel that reopens by itself after a page change must not take the focus. */
  open(continuation: boolean): void;
  toggle(): void;
  /** Commands that only make sense once the panel is there. */
  run(command: Command): void;
  /** The widget's element has been put into the page again. */
  placed(): void;
  /** Ends everything: the panel, its connection, its timers. */
  destroy(): void;
}

/** What a live chat needs of the panel. */
export interface LiveHost {
  t: Words;
  bridge: Bridge;
  controller: Controller;
  focus(): void;
  leave(thread: string): void;
  again(): void;
}

/** What only live chats have. */
export interface Live {
  /** What is said of where the visitor stands; nothing where nothing is known. */
  line(queue: Queue | undefined): string;
  /** What is offered when it has ended; the same element for the same one. */
  end(thread: Thread): HTMLElement;
  /** Asks whether it is to end, and ends it. */
  ask(thread: string): void;
}

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createHTML(html: string): string; createScriptURL(url: string): string },
      ): Trust;
    };
    _chatq?: Command[];
    /** Tokens whose loader has already run, so that a doubled snippet does no harm. */
    __hubbub?: Record<string, true>;
    __hubbubChat?: (bridge: Bridge) => Chat;
    __hubbubLive?: (host: LiveHost) => Live;
  }
}
