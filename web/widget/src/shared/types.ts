/** What the server answers (`web/api`), under the widget's names for it, and the seam between the loader and the panel. */

import type { Schemas } from '../../../api';
import type { Api } from '../chat/core/api';
import type { Controller, Phase } from '../chat/core/controller';
import type { MakeWords, Words } from '../chat/i18n';
import type { UploadHooks, Uploads } from '../files/uploads';
import type { DrawMore } from '../cards/main';
import type { ListHooks, ThreadList } from '../list/list';
import type { DrawRefused } from '../refused/refused';
import type { Condition } from '../manager/targeting';
import type { Keep } from './keep';

export type Config = Schemas['ChatConfig'] & {
  source: { mode?: 'messaging' | 'live_chat'; page_before_engaging?: boolean; asks_consent?: boolean; integrations?: string[] } & Partial<Look>;
  /** Which languages there are texts in, each with what the chat is called in it. */
  texts?: { version: string; titles: Record<string, string>; english: boolean };
  /** What is beyond the built-in trigger, to be asked for under this version; null where nothing is. */
  targeting?: { version: string } | null;
  built_in?: { trigger: Named & { active: boolean }; item: Named };
};
/** Where the chat stands on a page, and in which colours; what nobody has chosen is null. */
export interface Look {
  position: 'left' | 'right';
  offset: { x: number; y: number };
  z_index: number | null;
  color_scheme: 'auto' | 'light' | 'dark';
}
export interface Named {
  id: string;
  label: string;
}
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
  /** Whether the panel was open last, in whatever tab. */
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

/** The loader says as the fourth that there is more to do than it knows. */
export type Command = [name: string, ...args: unknown[]];

/** The trigger that an event comes from; without an id where it is none of the source's. */
export interface By {
  trigger_id: string | null;
  trigger_label: string;
  trigger_human_id: string;
  trigger_continuation: boolean;
}

/** What `_setConfiguration` asks for. */
export interface Wanted {
  embedded?: boolean;
  parentNodeId?: string;
  locale?: string;
  position?: string;
  colorScheme?: string;
  /** What a strict page gives scripts that may run. */
  nonce?: string;
  /** Whether the visitor has allowed that something is kept. */
  consent?: unknown;
}

/** A message that the source says by itself when the chat is shown. */
export interface Automatic {
  body: string;
}

/** What the loader, the manager and the panel have of each other; they are separate scripts, so this is their only link. */
export interface Bridge {
  base: string;
  token: string;
  config: Config;
  visitor: Visitor;
  wanted: Wanted;
  /** Says that a text may become markup or a script's address, where the page asks for that. */
  trust: Trust | undefined;
  /** The language of the trigger that shows the chat. */
  language?: string | null;
  /** The shadow root where the panel lives. */
  root: ShadowRoot;
  /** Absent where the chat is inside of an element of the page. */
  launcher: HTMLElement | undefined;
  /** The launcher has come with the chat, and was not offered by itself. */
  bare?: boolean;
  /** A session that was opened to learn what is unread and that nobody has taken yet. */
  session: SessionAnswer | null;
  /** What is kept of the visitor in this browser, or on this page alone. */
  keep?: Keep;
  /** What shows the chat. */
  by: By;
  /** What is still to be said once it is shown. */
  messages: Automatic[];
  /** What the page has said of itself when it became another one. */
  page?: { url?: string; title?: string } | null;
  /** Custom variables that the manager has found in the page. */
  found?: Record<string, unknown>;
  /** Which trigger has shown the chat, where it goes on. */
  origin?: string | null;
  /** The page has asked that nothing is seen of the chat. */
  hidden?: boolean;
  /** Whether the page was told that it is shown. */
  shown: boolean | null;
  chat: Chat | undefined;
  /** Tells the page of an event; without data, of one of the trigger that shows the chat. */
  emit(event: string, data?: object): void;
  /** Makes the chat's place, in the page's element with this id or beside the body. */
  draw(parent?: string): void;
  /** Brings the panel; opens it where `open` is true, and leaves the focus where it is where `quiet` is. */
  load(open?: boolean, quiet?: boolean): Promise<void>;
  /** Takes the chat's place away; tells whether the panel was open, if there was one. */
  undraw(): boolean | undefined;
  /** Asks for one of the widget's scripts until it has done what it is for. */
  script<T>(name: string, made: () => T | undefined): Promise<T>;
  /** Who hears what events. */
  handlers: [event: string, handler: (data: unknown) => void][];
  /** Texts of the page's own, in the order in which they were added. */
  translations?: unknown[];
}

/** The part of a Trusted Types policy that the widget uses; what it gives is taken where a text is. */
export interface Trust {
  createHTML(html: string): unknown;
  createScriptURL(url: string): unknown;
}

export interface Chat {
  /** Says that the chat is there, and opens it. One that opens by itself must not take the focus. */
  show(open?: boolean, quiet?: boolean): void;
  toggle(): void;
  /** Whether it is open. */
  isOpen(): boolean;
  /** Commands that only make sense once the panel is there. */
  run(command: Command): void;
  /** The widget's element has been put into the page again. */
  placed(): void;
  /** Ends everything: the panel, its connection, its timers. Tells whether it was open. */
  destroy(): boolean;
}

/** A trigger of the source, as the manager has it. */
export interface Trigger extends Named {
  only_if_agents_available?: boolean;
  conditions: Condition[];
  actions: Action[];
  stop_after?: boolean;
  once_per_visit?: boolean;
  also_when_engaged?: boolean;
  language?: string | null;
}

export interface Action {
  type: string;
  item_ids?: string[];
  item_id?: string;
  message_id?: string;
}

/** Whether agents could take a conversation at the moment at which a trigger acted. */
export type Mode = 'online' | 'offline';

/** A button or an invitation of the catalogue. A button without markup is the chat's own launcher. */
export interface Item extends Named {
  type: 'button' | 'invitation';
  positioning: 'floating' | 'fixed';
  html: string | null;
  css: string | null;
  offline_support: boolean;
  reserve_height: number | null;
  texts: Record<string, Record<string, string>>;
}

/** How the value of a custom variable is found in the page (`docs/interactions/web-messaging/integration.md`). */
export interface InPage {
  by: 'selector' | 'meta' | 'js_path' | 'cookie' | 'url_parameter';
  expression: string;
  attribute?: string | null;
  /** A regular expression whose first group is taken. */
  pattern?: string | null;
}

/** A custom variable that the source defines. */
export interface Variable {
  name: string;
  label: string;
  kind: 'string' | 'number' | 'boolean';
  in_page: InPage | null;
}

/** What the server says of a source's triggers (`GET targeting`). */
export interface Targeting {
  time_zone: string;
  triggers: Trigger[];
  items: Item[];
  variables: Variable[];
  messages: { id: string; label: string; body: Record<string, string> }[];
}

/** What the catalogue does for the manager. */
export interface Catalog {
  /** Whether the site's place for a fixed button is not there. */
  isMissing(item: Item): boolean;
  show(item: Item, trigger: Trigger, mode: Mode): void;
  hideAll(): void;
  /** Shows in their other dress what a trigger has shown. Tells whether anything was. */
  turn(trigger: Trigger, mode: Mode): boolean;
  /** Puts back what the page has taken out. */
  keep(): void;
  /** Hides what is shown, or no longer, as the page has asked. */
  veil(): void;
  /** A variable's value in the page as it stands; undefined where it is not there. */
  find(variable: Variable): unknown;
  /** Says an automatic message in the visitor's language, if it is not said yet. */
  say(trigger: Trigger, id: string): void;
  /** The visitor has written: what was said is part of the conversation. */
  engaged(): void;
  /** The visitor was forgotten. */
  reset(): void;
}

/** The manager, as the loader and the scripts that come on demand have it. */
export interface Managing {
  bridge: Bridge;
  keep: Keep;
  targeting: Targeting;
  /** Whether the visitor has written, and not long ago. */
  engaged: boolean;
  run(command: Command): void;
  /** The visitor was forgotten. */
  reset(): void;
  /** The visitor wants the chat, by this trigger's item. */
  pressed(trigger: Trigger): void;
  dismissed(item: Item): void;
  items: Catalog | undefined;
  /** The chat was taken away for as long as this document lasts. */
  stopped: boolean;
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

/** What sounds and notices need of the panel. */
export interface AlertsHost {
  t: Words;
  bridge: Bridge;
  keep: Keep;
  /** Puts their button into the heading. */
  offer(button: HTMLElement): void;
  /** Opens a conversation. */
  open(thread: string): void;
}

/** Sounds and notices of the browser. */
export interface Alerts {
  /** A message has come. */
  told(message: Message): void;
  /** Takes up the language of now. */
  speak(): void;
}

/** What asking for an e-mail address needs of a conversation. */
export interface EmailHost {
  t: Words;
  bridge: Bridge;
  controller: Controller;
  /** The conversation's id, as it is now. */
  thread(): string;
  /** Puts the focus where the visitor goes on. */
  focus(): void;
}

/** What asking for consent needs of a conversation. */
export interface ConsentHost {
  t: Words;
  bridge: Bridge;
}

/** The box that a visitor ticks before they write. */
export interface Consent {
  /** Whether it is ticked; asks for that where it is not. */
  given(): boolean;
  /** Asks again: for something else than before. */
  anew(): void;
  /** Takes up the language of now. */
  speak(): void;
}

/** What only live chats have. */
export interface Live {
  /** What is said of where the visitor stands; nothing where nothing is known. */
  line(queue: Queue | undefined): string;
  /** What is offered when it has ended; the same element for the same one. */
  end(thread: Thread): HTMLElement;
  /** Asks whether it is to end, and ends it. */
  ask(thread: string): void;
  /** Takes up the language of now. */
  speak(): void;
}

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createHTML(html: string): string; createScriptURL(url: string): string },
      ): Trust;
    };
    Hubbub?: object;
    Dimelo?: { Messaging?: object };
    _chatq?: Command[];
    /** Tokens whose loader has already run, so that a doubled snippet does no harm. */
    __hubbub?: Record<string, true>;
    __hubbubChat?: (bridge: Bridge) => Promise<Chat | undefined>;
    /** Offers sounds and notices of the browser for what comes. */
    __hubbubAlerts?: (host: AlertsHost) => Alerts;
    __hubbubCards?: (root: ShadowRoot, t: Words, trust?: Trust) => DrawMore;
    __hubbubRefused?: (root: ShadowRoot, t: Words) => DrawRefused & { out(phase: Phase): Element[] };
    __hubbubFiles?: (root: ShadowRoot, api: Api, limits: Config['attachments'], t: Words, hooks: UploadHooks) => Uploads;
    __hubbubWords?: ((bridge: Bridge, words: MakeWords) => Promise<Words>) & { title(bridge: Bridge): string | undefined };
    __hubbubManager?: (bridge: Bridge) => Managing;
    __hubbubCatalog?: (manager: Managing) => Catalog;
    /** Obeys a command; those who listened to events when it was given are told as well. */
    __hubbubCommands?: (manager: Managing, command: Command, heard: Bridge['handlers']) => void;
    __hubbubDebug?: (manager: Managing) => void;
    /** Draws the question for an address in its place, or the thanks for one. */
    __hubbubEmail?: (host: EmailHost, place: HTMLElement, given: boolean) => void;
    /** Draws the list of the visitor's conversations. */
    __hubbubList?: (bridge: Bridge, controller: Controller, t: Words, hooks: ListHooks) => ThreadList;
    /** Puts what a visitor agrees to into its place. */
    __hubbubConsent?: (host: ConsentHost, place: HTMLElement) => Consent;
    /** Opens what emojis are picked from, or closes it. */
    __hubbubEmoji?: (
      root: ShadowRoot,
      t: Words,
      button: HTMLElement,
      area: HTMLTextAreaElement,
      done: (picked: boolean) => void,
    ) => void;
    __hubbubLive?: (host: LiveHost) => Live;
    /** Takes up the configuration of now on a page that is open. */
    __hubbubRenew?: (bridge: Bridge, controller: Controller) => unknown;
  }
}
