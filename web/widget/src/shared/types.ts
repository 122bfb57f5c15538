/** The visitor protocol as the server speaks it, and the seam between the loader and the panel. */

export interface Source {
  id: string;
  name: string;
  locale: string | null;
  color: string | null;
  avatar_url: string | null;
  welcome_message: string | null;
  /** The same in other languages. */
  welcome_messages: { language: string; body: string }[];
  active: boolean;
  signed_identities: 'required' | 'rejected';
}

export interface Config {
  source: Source;
  attachments: { max_bytes: number; extensions: string[] };
  /** The longest message. */
  max_characters: number;
}

export interface Attachment {
  id: string;
  filename: string;
  content_type: string;
  size: number;
  url: string;
}

/** A button: it leads somewhere, or answers. Those of a `select` have no type and always answer. */
export interface Button {
  type?: 'reply' | 'url';
  title: string;
  payload?: string;
  url?: string;
  url_fallback?: string;
}

export interface Card {
  title?: string;
  subtitle?: string;
  picture?: string | null;
  url?: string;
  url_fallback?: string;
  url_text?: string;
  items?: Button[];
}

/** A structured message, checked by the server: choices under a text, or one card or several. */
export type Structured =
  | { type: 'select'; center_items?: boolean; disable_text_input?: boolean; items: Button[] }
  | ({ type: 'template' | 'rich_link' } & Card)
  | { type: 'carousel'; items: Card[] };

export interface Message {
  id: string;
  /** Its place in its conversation. */
  ordinal: number;
  client_id: string | null;
  thread_id: string;
  from: 'visitor' | 'agent' | 'system';
  sender_name: string | null;
  avatar_url: string | null;
  body: string;
  html: string | null;
  created_at: string;
  attachments: Attachment[];
  structured_content?: Structured | null;
  delivered: boolean;
  read: boolean;
}

export interface Thread {
  id: string;
  title: string | null;
  closed: boolean;
  text_input_disabled: boolean;
  created_at: string;
  updated_at: string;
  unread: number;
  last_message: Message | null;
}

export interface Session {
  visitor: string;
  identity: { id: string; screenname: string | null; uuid: string | null };
  unread: number;
  position: number;
  /** Optional: lets the loader fetch the panel early when a conversation is still open. */
  open_threads?: number;
}

export type ServerFrame =
  | { type: 'welcome' | 'reload'; position: number; timeline: string }
  | { type: 'message'; position: number; thread: Thread; message: Message }
  | { type: 'thread'; position: number; thread: Thread }
  | {
      type: 'marks';
      position: number;
      thread_id: string;
      message_ids: string[];
      delivered: boolean;
      read: boolean;
    }
  | { type: 'typing'; thread_id: string; name: string | null; on: boolean }
  | { type: 'pong' }
  | { type: 'error'; error: string; message: string };

export type ClientFrame =
  | { type: 'hello'; visitor: string; position: number | null; timeline: string | null }
  | { type: 'typing'; thread_id: string; on: boolean; preview: string }
  | { type: 'delivered'; message_ids: string[] }
  | { type: 'read'; thread_id: string; message_id: string }
  | { type: 'page'; url: string; title: string; custom?: Record<string, unknown> }
  | { type: 'ping' };

/** Status 200 with a session, a refusal by the server, or status 0 when no answer came. */
export type SessionAnswer = Partial<Session> & { status: number; error?: string; message?: string };

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
  }
}
