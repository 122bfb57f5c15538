import { calm, complain } from '../shared/calm';
import { byTrigger, naming } from '../shared/event';
import type { Action, Item, Mode, Trigger } from '../shared/types';
import type { Manager } from './manager';
import { evaluate, type Values } from './targeting';

/** What triggers have of the manager. */
export type World = Pick<
  Manager,
  'bridge' | 'store' | 'items' | 'targeting' | 'kinds' | 'engaged' | 'free' | 'available' | 'showChat' | 'offer' | 'say'
>;

/** How often it is asked again whether agents are there, in milliseconds, and how often on one page. */
const ASK_EVERY = 60_000;
const ASK_MOST = 10;

/** Where a trigger is on this page. One that is absent has not held yet. */
interface State {
  /** `asking`: the server is asked; `refused`: nobody is there; `waiting`: a place on the page is missing; `done`. */
  at: 'asking' | 'refused' | 'offline' | 'waiting' | 'done';
  asked: number;
  askedAt: number;
  mode: Mode;
}

/** What keeps a trigger from acting: it has acted on this page, or is asked about; the others are as they sound. */
export type Held = 'acted' | 'asking' | 'stopped' | 'engaged' | 'once' | 'conditions' | 'nothing';

const seen = ({ store }: World): Values[] => store.pages().map(({ values }) => values);
const told = (trigger: Trigger, mode: Mode) => ({ ...byTrigger(trigger), mode });

/** Which triggers act, in their order, and what they do (`docs/interactions/web-messaging/chat-targeting.md`). */
export class Engine {
  /** By the trigger's id. */
  states = new Map<string, State>();
  private turn = 0;
  private failed = new Set<string>();

  constructor(private readonly world: World) {}

  /** Another page: what has acted may act again. */
  restart(): void {
    this.states = new Map();
    this.turn++;
  }

  evaluate(): void {
    const pages = seen(this.world);
    for (const trigger of this.world.targeting.triggers) {
      try {
        if (this.consider(trigger, pages)) return;
      } catch (error) {
        // One trigger's trouble is not another's, and is told once.
        if (!this.failed.has(trigger.id)) complain(error);
        this.failed.add(trigger.id);
      }
    }
  }

  /** What keeps a trigger from acting at this moment, for the pages that were seen; nothing where it may. */
  held(trigger: Trigger, seen: Values[]): Held | undefined {
    const { engaged, kinds, store } = this.world;
    const at = this.states.get(trigger.id)?.at;
    if (at === 'done') return 'acted';
    // What is shown offline still turns online when agents come.
    if (store.visit.stopped && at !== 'offline') return 'stopped';
    if (at === 'asking') return at;
    if (engaged && !trigger.also_when_engaged) return 'engaged';
    if (at === 'waiting') return undefined;
    if (at !== 'offline' && store.visit.once.includes(trigger.id)) return 'once';
    if (!evaluate(trigger.conditions, seen, kinds).holds) return 'conditions';
    // Not when all that it would show has been dismissed.
    const shows = (one: Action) => /^show_(chat|and)/.test(one.type);
    return trigger.actions.some(shows) || this.shows(trigger, 'online').length ? undefined : 'nothing';
  }

  /** Whether those behind it have to wait for what the server says. */
  private consider(trigger: Trigger, seen: Values[]): boolean {
    const held = this.held(trigger, seen);
    if (held) return held === 'asking' && !!trigger.stop_after;
    const state = this.states.get(trigger.id);
    if (state?.at === 'waiting') return this.act(trigger, state.mode);
    if (trigger.only_if_agents_available) return this.ask(trigger, state);
    return this.activate(trigger, 'online');
  }

  private ask(trigger: Trigger, state: State | undefined): boolean {
    const { world } = this;
    const now = Date.now();
    if (state && (state.asked >= ASK_MOST || now - state.askedAt < ASK_EVERY)) return false;
    const wasOffline = state?.at === 'offline';
    const asking = this.set(trigger, 'asking', 'offline');
    asking.asked++;
    asking.askedAt = now;
    const turn = this.turn;
    const answered = (probability: number) => {
      if (turn !== this.turn) return;
      const known = this.set(trigger, wasOffline ? 'offline' : 'refused', 'offline');
      world.store.readVisit();
      if (!world.free || this.held(trigger, seen(this.world))) {
        // Much may have happened since it was asked. It is asked again when it could act.
        known.askedAt = 0;
      } else if (Math.random() >= probability) {
        const live = world.bridge.config.source.mode === 'live_chat';
        if (!wasOffline && live && this.shows(trigger, 'offline').length) this.activate(trigger, 'offline');
      } else if (wasOffline) {
        this.act(trigger, 'online', true);
      } else {
        this.activate(trigger, 'online');
      }
      if (world.free) this.evaluate();
    };
    void world.available(trigger).then(calm(answered));
    return !!trigger.stop_after;
  }

  private set(trigger: Trigger, at: State['at'], mode: Mode): State {
    const state = { asked: 0, askedAt: 0, ...this.states.get(trigger.id), at, mode };
    this.states.set(trigger.id, state);
    return state;
  }

  private activate(trigger: Trigger, mode: Mode): boolean {
    this.world.bridge.emit('trigger_activated', told(trigger, mode));
    return this.act(trigger, mode);
  }

  /** The items that a trigger shows in a mode: buttons, then the invitation. */
  private shows(trigger: Trigger, mode: Mode): Item[] {
    const { targeting, store } = this.world;
    const ids = ['show_button', 'show_invitation'].flatMap((type) =>
      trigger.actions.filter((one) => one.type === type).flatMap(({ item_ids, item_id }) => item_ids ?? [item_id]),
    );
    const items = ids.map((id) => targeting.items.find((item) => item.id === id));
    return items.filter((item): item is Item => {
      return !!item && (mode === 'online' || item.offline_support) && !store.visit.dismissed.includes(item.id);
    });
  }

  /** Does what a trigger is for; where it was shown offline and `turns`, what has not been done. */
  private act(trigger: Trigger, mode: Mode, turns?: boolean): boolean {
    const { world } = this;
    const { bridge } = world;
    const shown = this.shows(trigger, mode).filter((item) => !turns || !item.offline_support);
    if (!turns && shown.some((item) => item.html && world.items?.isMissing(item))) {
      this.set(trigger, 'waiting', mode);
      return false;
    }
    this.set(trigger, mode === 'online' ? 'done' : 'offline', mode);
    world.store.change((visit) => {
      visit.stopped ||= !!trigger.stop_after;
      if (trigger.once_per_visit && !visit.once.includes(trigger.id)) visit.once.push(trigger.id);
    });
    const has = (type: string) => trigger.actions.find((action) => action.type === type);
    const by = told(trigger, mode);
    if (!turns) {
      if (has('hide_others')) world.offer();
      bridge.emit('trigger_executed', by);
    } else if (world.items?.turn(trigger, mode)) {
      bridge.emit('availability_changed', { mode });
    }
    for (const item of shown) {
      if (item.html) world.items?.show(item, trigger, mode);
      else world.offer(trigger);
      const data = { ...by, ...naming('item', item), item_type: item.type };
      bridge.emit(`${item.type}_shown`, data);
      bridge.emit('item_shown', data);
    }
    if (mode === 'online') {
      const open = !!has('show_and_open_chat');
      const now = open || !!has('show_chat_minimized');
      const message = has('automatic_message')?.message_id;
      if (message) world.say(trigger, message, !now);
      if (now) world.showChat(trigger, open);
    }
    return false;
  }
}
