/**
 * Decides what a page shows of the chat (`docs/interactions/web-messaging/index.md`): the chat inside of the page, what
 * goes on from the last page, a conversation that is open, or what the triggers say. The first that holds stops the
 * rest.
 */
import { calm, later, Own } from '../shared/calm';
import { ask } from '../shared/ask';
import { byTrigger } from '../shared/event';
import { type Keep, openKeep } from '../shared/keep';
import { isEngaged, linkedThread } from '../shared/session';
import type { Bridge, Catalog, Command, Item, Managing, SessionAnswer, Targeting, Trigger } from '../shared/types';
import { Engine } from './engine';
import { Samples } from './samples';
import { VisitStore } from './store';
import { type Kinds, kindsOf } from './targeting';

/** Under this width an open panel would cover the page that the visitor has just asked for. */
const NARROW = 480;
/** How long the page is watched for its element, in milliseconds. */
const PATIENCE = 10_000;

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
  private ready?: boolean;
  stopped = false;
  /** This page shows something that comes before triggers. */
  private settled?: boolean;
  /** The visitor had written when it was looked last, in whatever tab. */
  private wrote?: boolean;
  private deciding = 0;
  /** Whether what comes before triggers is open. */
  private opens: unknown;

  constructor(readonly bridge: Bridge) {
    this.keep = openKeep(bridge);
    // Where nothing is decided by it, nothing of the visit is kept.
    this.store = new VisitStore(bridge.config.targeting ? this.keep : new Map<string, string>());
    const { emit } = bridge;
    bridge.emit = (event, data) => {
      emit(event, data);
      this.heard(event);
    };
    void this.start();
  }

  run(command: Command): void {
    const [name, , , more] = command;
    if (name === '_pageChange') return this.page();
    // Inside of an element it is open.
    if (name === '_open') return void (this.stopped || this.bridge.wanted.embedded || this.showChat(undefined, true, false));
    // The panel obeys these two.
    if (more && !/^_(prefill|newConversation)$/.test(name)) {
      this.commands ??= this.bridge.script('commands', () => window.__hubbubCommands);
      // What is said of events concerns those who listened then.
      const heard = [...this.bridge.handlers];
      void this.commands.then(calm((obey) => obey(this, command, heard)));
    }
    // Who the visitor is, or where the chat is to be, may be known only now.
    if (/^_set/.test(name)) void this.decide();
    else this.look();
  }

  reset(): void {
    this.items?.reset();
    this.store.forget();
    this.page();
  }

  get engaged(): boolean {
    return isEngaged(this.keep.remembered().engagedAt);
  }

  /** Whether agents could take a conversation from this trigger, from 0 to 1; who gives no answer has none. */
  async available({ id }: Trigger): Promise<number> {
    const answer = await ask<{ probability: number }>(`${this.bridge.base}/availability`, { trigger_id: id });
    return answer.probability ?? 0;
  }

  /** Offers the launcher for a trigger; without one, takes all items away that are shown. */
  offer(trigger?: Trigger): void {
    const { bridge } = this;
    if (trigger) {
      this.by(trigger);
      bridge.bare = false;
    } else {
      this.items?.hideAll();
      if (!bridge.shown) bridge.undraw();
    }
  }

  showChat(trigger: Trigger | undefined, open: boolean, quiet = true): void {
    this.bridge.bare ||= !this.bridge.launcher;
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
    this.targeting = targeting ? await fetchTargeting(bridge.base, targeting.version) : builtIn(bridge);
    const { items, variables, messages, triggers } = this.targeting;
    if (!triggers.length) console.warn('No chat: no trigger');
    if (messages.length || items.some((item) => item.html) || variables.some((one) => one.in_page)) {
      this.items = (await bridge.script('catalog', () => window.__hubbubCatalog))(this);
    }
    this.kinds = kindsOf(variables);
    this.samples = new Samples(this);
    const drawn = !!bridge.launcher;
    this.ready = true;
    const tick = calm(() => {
      if (document.hidden) return;
      this.items?.keep();
      this.look();
    });
    setInterval(tick, 1000);
    document.addEventListener('visibilitychange', tick);
    addEventListener('pagehide', calm(() => this.store.write()));
    this.page();
    // The loader has done for the built-in trigger what there was to do.
    this.settled ||= drawn;
  });

  /** A page view begins, in a new document or in this one. */
  private page(): void {
    if (!this.ready) return;
    const { samples, store } = this;
    store.begin(samples.restart());
    this.engine.restart();
    this.settled = false;
    void this.decide();
  }

  /** Looks at what has changed, and lets triggers act. */
  look(): void {
    if (!this.ready || this.stopped) return;
    const { engaged } = this;
    if (engaged && !this.wrote) this.items?.engaged();
    this.wrote = engaged;
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
    // What is displayed stays where it is.
    if (bridge.launcher) bridge.wanted.embedded = false;
    const { embedded, parentNodeId } = bridge.wanted;
    if (!this.ready || this.stopped || this.settled || this.blocked || bridge.shown) return this.look();
    if (embedded) {
      const id = `${parentNodeId}`;
      this.settled = true;
      bridge.by = byTrigger();
      bridge.draw(id);
      later(() => document.getElementById(id) || console.warn('Chat: no element', id), PATIENCE);
      return;
    }
    const turn = ++this.deciding;
    const before = await this.before();
    if (turn !== this.deciding) return;
    this.deciding = 0;
    if (before && !bridge.shown) {
      this.settled = true;
      bridge.by = byTrigger(undefined, before === 'goes on');
      this.by();
      void bridge.load(!!this.opens && innerWidth > NARROW, true);
    }
    this.look();
  });

  /** What comes before triggers: whether a conversation goes on, or one is open that this browser was not in lately. */
  private async before(): Promise<'goes on' | 'found' | undefined> {
    const { bridge, keep } = this;
    const { engagedAt, outbox, open } = keep.remembered();
    if (this.engaged || outbox) {
      [bridge.origin, bridge.language] = (keep.get('by') ?? '').split(' ');
      keep.remember({ engagedAt: engagedAt && Date.now() });
      this.opens = keep.get('open') ?? open;
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
    this.opens = config.targeting && answer.open_threads && !this.store.visit.minimised;
    const news = answer.open_threads || (!config.targeting && answer.unread);
    return news || linkedThread() ? 'found' : undefined;
  }

  /** There is to be a launcher, and a trigger that has brought it, unless something has before. */
  private by(trigger?: Trigger): void {
    const { bridge } = this;
    if (trigger && !bridge.shown) {
      bridge.by = byTrigger(trigger);
      bridge.language = trigger.language;
    }
    bridge.by ??= byTrigger();
    if (!bridge.launcher) bridge.draw();
  }

  /** What the chat tells the page concerns triggers as well. */
  private heard(event: string): void {
    if (!/^chat/.test(event)) return;
    const { by, language } = this.bridge;
    if (by?.trigger_id) this.keep.set('by', `${by.trigger_id} ${language ?? ''}`);
    this.store.change((visit) => {
      visit.minimised ||= event === 'chat_minimized';
    });
    if (event === 'chat_engaged') this.wrote = false;
    later(() => this.look(), 0);
  }
}

async function fetchTargeting(base: string, version: string): Promise<Targeting> {
  for (let wait = 4000; ; wait = Math.min(wait * 2, 300_000)) {
    const answer = (await ask(`${base}/targeting?v=${version}`)) as unknown as Targeting;
    // A proxy may answer in the server's place.
    if (answer.triggers) return answer;
    await new Own<void>((done) => later(done, wait));
  }
}

/** The one trigger of a source that has none of its own, and the launcher that it shows. */
function builtIn({ config }: Bridge): Targeting {
  const { trigger, item } = config.built_in ?? {};
  const launcher = { ...item, type: 'button', html: '' } as Item;
  const actions = [{ type: 'show_button', item_ids: [launcher.id] }];
  const one = { ...trigger, conditions: [], actions } as unknown as Trigger;
  const triggers = trigger?.active === false ? [] : [one];
  return { time_zone: '', triggers, items: [launcher], variables: [], messages: [] };
}
