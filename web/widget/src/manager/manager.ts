/**
 * Decides what a page shows of the chat (`docs/interactions/web-messaging/index.md`): the chat inside of the page, what
 * goes on from the last page, a conversation that is open, or what the triggers say. The first that holds stops the
 * rest.
 */
import { calm, later, Own } from '../shared/calm';
import { byTrigger } from '../shared/event';
import { type Keep, openKeep } from '../shared/keep';
import { isEngaged, linkedThread } from '../shared/session';
import type { Bridge, Catalog, Command, Item, Managing, SessionAnswer, Targeting, Trigger } from '../shared/types';
import { ask } from './ask';
import { Engine } from './engine';
import { Samples } from './samples';
import { VisitStore } from './store';
import { type Kinds, kindsOf } from './targeting';

/** Under this width an open panel would cover the page that the visitor has just asked for. */
const NARROW = 480;
/** How long the page is watched for its element, in milliseconds. */
const PATIENCE = 10_000;

/** Commands that the loader and the panel obey. */
const OTHERS = /^_(set(Configuration|Identity|SignedIdentity)|fillCustomVariable|addMessage|prefill|newConversation)$/;

export class Manager implements Managing {
  readonly keep: Keep;
  readonly store: VisitStore;
  readonly engine = new Engine(this);
  samples!: Samples;
  /** Absent where the source has nothing in its catalogue but the launcher. */
  items: Catalog | undefined;
  targeting!: Targeting;
  kinds!: Kinds;
  /** Automatic messages, by their ids, that are said once an item of the trigger was pressed. */
  private readonly pending = new Map<Trigger, string>();
  private commands: Promise<NonNullable<typeof window.__hubbubCommands>> | undefined;
  private ready = false;
  stopped = false;
  /** This page shows something that comes before triggers. */
  private settled = false;
  private deciding = 0;

  constructor(readonly bridge: Bridge) {
    this.keep = openKeep(bridge.token);
    // Where nothing is decided by it, nothing of the visit is kept.
    this.store = new VisitStore(bridge.config.targeting ? this.keep : { get: () => null, set() {}, remove() {} });
    const { emit } = bridge;
    bridge.emit = (event, data) => {
      emit(event, data);
      this.heard(event);
    };
    void this.start();
  }

  run(command: Command): void {
    const [name, first] = command;
    if (name === '_pageChange') return this.page(first);
    if (name === '_open') return this.showChat(undefined, true, false);
    if (!OTHERS.test(name)) {
      this.commands ??= this.bridge.script('commands', () => window.__hubbubCommands);
      void this.commands.then(calm((obey) => obey(this, command)));
    }
    // Who the visitor is, or where the chat is to be, may be known only now.
    if (/^_set/.test(name)) void this.decide();
    else this.look();
  }

  reset(elsewhere?: boolean): void {
    if (!this.ready) return;
    this.items?.reset();
    // Where the browser keeps nothing, this page did.
    if (!elsewhere) for (const key of this.keep.keys('')) this.keep.remove(key);
    this.store.forget();
    this.page();
  }

  get engaged(): boolean {
    return isEngaged(this.keep.remembered().engagedAt);
  }

  /** Whether agents could take a conversation from this trigger, from 0 to 1; who gives no answer has none. */
  readonly available = async ({ id }: Trigger): Promise<number> => {
    const answer = await ask<{ probability: number }>(`${this.bridge.base}/availability`, { trigger_id: id });
    return answer.probability ?? 0;
  };

  /** Offers the launcher for a trigger; without one, takes all items away that are shown. */
  offer(trigger?: Trigger): void {
    const { bridge } = this;
    if (trigger) {
      this.by(trigger);
    } else {
      this.items?.hideAll();
      if (!bridge.shown) bridge.undraw();
    }
  }

  showChat(trigger: Trigger | undefined, open: boolean, quiet = true): void {
    this.by(trigger);
    void this.bridge.load(open, quiet);
  }

  pressed(trigger: Trigger): void {
    const message = this.pending.get(trigger);
    if (message) this.items?.say(trigger, message);
    this.showChat(trigger, true, false);
  }

  dismissed({ id, type }: Item): void {
    if (type === 'invitation') this.store.change(({ dismissed }) => dismissed.push(id));
  }

  /** Says a message once the chat is there, or when an item of the trigger was pressed. */
  say(trigger: Trigger, id: string, afterPress: boolean): void {
    // The launcher brings the chat by itself.
    if (afterPress && this.bridge.by?.trigger_id !== trigger.id) this.pending.set(trigger, id);
    else this.items?.say(trigger, id);
  }

  private readonly start = calm(async () => {
    const { bridge } = this;
    const { targeting } = bridge.config;
    this.targeting = targeting ? await this.fetch(targeting.version) : this.builtIn();
    const { items, variables, messages } = this.targeting;
    if (messages.length || items.some((item) => item.html) || variables.some((one) => one.in_page)) {
      this.items = (await bridge.script('catalog', () => window.__hubbubCatalog))(this);
    }
    this.kinds = kindsOf(variables);
    this.samples = new Samples(this, () => this.look());
    const drawn = !!bridge.launcher;
    this.ready = true;
    this.listen();
    this.page();
    // The loader has done for the built-in trigger what there was to do.
    this.settled ||= drawn;
  });

  private async fetch(version: string): Promise<Targeting> {
    for (let wait = 4000; ; wait = Math.min(wait * 2, 300_000)) {
      const answer = (await ask(`${this.bridge.base}/targeting?v=${version}`)) as unknown as Targeting;
      // A proxy may answer in the server's place.
      if (answer.triggers) return answer;
      await new Own<void>((done) => later(done, wait));
    }
  }

  /** The one trigger of a source that has none of its own, and the launcher that it shows. */
  private builtIn(): Targeting {
    const { trigger, item } = this.bridge.config.built_in ?? {};
    const launcher = { ...item, type: 'button', html: '' } as Item;
    const actions = [{ type: 'show_button', item_ids: [launcher.id] }];
    const one = { ...trigger, conditions: [], actions } as unknown as Trigger;
    const triggers = trigger?.active === false ? [] : [one];
    return { time_zone: '', triggers, items: [launcher], variables: [], messages: [] };
  }

  private listen(): void {
    const tick = calm(() => {
      if (document.hidden) return;
      this.items?.keep();
      this.look();
    });
    setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
    addEventListener('pagehide', calm(() => this.store.write()));
  }

  /** A page view begins, in a new document or in this one. */
  private page(told?: unknown): void {
    if (!this.ready) return;
    const { samples, store } = this;
    store.begin(samples.restart(told));
    this.engine.restart();
    this.settled = false;
    void this.decide();
  }

  /** Looks at what has changed, and lets triggers act. */
  private look(): void {
    if (!this.ready || this.stopped) return;
    this.store.sample(this.samples.take());
    if (this.free) this.engine.evaluate();
  }

  /** Whether triggers may act now. */
  get free(): boolean {
    const waits = this.stopped || this.deciding || this.blocked || this.bridge.wanted.embedded;
    return !waits && (!this.settled || this.engaged);
  }

  /** Where signed identities are required, nothing is shown to somebody whom nobody has named. */
  private get blocked(): boolean {
    return this.bridge.config.source.signed_identities === 'required' && !this.bridge.visitor.jwt;
  }

  private readonly decide = calm(async () => {
    const { bridge } = this;
    const { embedded, parentNodeId } = bridge.wanted;
    if (!this.ready || this.stopped || this.settled || this.blocked || bridge.shown) return this.look();
    if (embedded) return this.embed(`${parentNodeId}`);
    const turn = ++this.deciding;
    const before = await this.before();
    if (turn !== this.deciding) return;
    this.deciding = 0;
    if (before && !bridge.shown) {
      this.settled = true;
      bridge.by = byTrigger(undefined, before === 'goes on');
      this.by();
      const wasOpen = this.keep.remembered().open;
      const opens = before === 'goes on' ? wasOpen : before === 'open' && !this.store.visit.minimised;
      void bridge.load(opens && innerWidth > NARROW, true);
    }
    this.look();
  });

  /** What comes before triggers: whether a conversation goes on, or one is open that this browser was not in lately. */
  private async before(): Promise<'goes on' | 'open' | 'unread' | undefined> {
    const { bridge, keep } = this;
    const { engagedAt, outbox } = keep.remembered();
    if (this.engaged || outbox) {
      bridge.origin = this.store.visit.shown_by;
      keep.remember({ engagedAt: engagedAt && Date.now() });
      return 'goes on';
    }
    const { visitor, config } = bridge;
    if (config.source.mode === 'live_chat' || !(visitor.visitor || visitor.jwt)) return undefined;
    // Nothing is told of the page while nothing is shown.
    const answer = await ask<SessionAnswer>(`${bridge.base}/session`, { ...visitor, custom: {}, page: {} });
    // They may have been forgotten meanwhile.
    if (!answer.visitor || visitor !== bridge.visitor) return undefined;
    keep.set('visitor', (visitor.visitor = answer.visitor));
    bridge.session = answer as SessionAnswer;
    this.samples.unread = answer.unread as number;
    if (config.targeting && answer.open_threads) return 'open';
    const news = !config.targeting && (answer.unread || answer.open_threads);
    return news || linkedThread() ? 'unread' : undefined;
  }

  private embed(id: string): void {
    const { bridge } = this;
    this.settled = true;
    bridge.by = byTrigger();
    bridge.draw(id);
    later(() => document.getElementById(id) || console.warn('Chat: no element has the id', id), PATIENCE);
  }

  /** There is to be a launcher, and a trigger that has brought it, unless something has before. */
  private by(trigger?: Trigger): void {
    const { bridge } = this;
    if (trigger && !bridge.shown) {
      bridge.by = byTrigger(trigger);
      bridge.language = trigger.language;
      bridge.origin = trigger.id;
    }
    bridge.by ??= byTrigger();
    if (!bridge.launcher) bridge.draw();
  }

  /** What the chat tells the page concerns triggers as well. */
  private heard(event: string): void {
    const { store, bridge } = this;
    if (event === 'chat_minimized') store.change((visit) => (visit.minimised = true));
    if (event === 'chat_engaged') this.items?.engaged();
    if (event === 'chat_shown') store.change((visit) => (visit.shown_by = bridge.by.trigger_id ?? visit.shown_by));
    if (/^chat/.test(event)) later(() => this.look(), 0);
  }
}
