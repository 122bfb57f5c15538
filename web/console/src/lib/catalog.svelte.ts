import { Again, passes } from './again';
import { everything, mailboxes } from './api/lists';
import type { Category, Id, Mailbox, Source, Tag, User } from './api/types';
import { live } from './live/socket.svelte';
import { session } from './session.svelte';
import { throttle } from './throttle';

/** The short lists that menus, chips and filters need, fetched once and again after a change to them. */
class Catalog {
  categories = $state.raw<Category[]>([]);
  users = $state.raw<User[]>([]);
  sources = $state.raw<Source[]>([]);
  tags = $state.raw<Tag[]>([]);
  /** From where one may begin a conversation by mail. */
  mailboxes = $state.raw<Mailbox[]>([]);

  private again = new Again(() => void this.load());
  private categoryById = $derived(new Map(this.categories.map((category) => [category.id, category])));
  private userById = $derived(new Map(this.users.map((user) => [user.id, user])));

  /** The sources that do not work now: nothing comes in by them, or nothing goes out. */
  broken = $derived(this.sources.filter(({ health }) => health?.state === 'error' || health?.state === 'needs_reauth'));

  /** Whether there is a chat, which has visitors on its site. */
  hasChat = $derived(this.sources.some(({ type }) => type === 'engage_messaging'));

  private reload = throttle(() => {
    void session.refresh();
    void this.load();
  }, 10_000);

  /** Follows how sources fare, and what is administered; what happened while there was no connection may be of either. */
  start(): () => void {
    let first = true;
    const stops = [
      live.on('event', ({ event }) => {
        if (event.type === 'content_source.health_changed') void this.loadSources().catch(() => {});
        if (event.type === 'administration.changed') this.reload();
      }),
      live.on('ready', () => {
        if (!first) this.reload();
        first = false;
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.reload.cancel();
    };
  }

  /** A role may lack the right to read one of the lists; the others must come all the same. */
  async load(): Promise<void> {
    const all = await Promise.allSettled([this.loadCategories(), this.loadUsers(), this.loadSources(), this.loadTags()]);
    const failed = all.find((one) => one.status === 'rejected' && passes(one.reason));
    if (failed?.status === 'rejected') this.again.failed(failed.reason);
    else this.again.done();
  }

  async loadCategories(): Promise<void> {
    this.categories = await everything('/1.0/categories');
  }

  async loadUsers(): Promise<void> {
    this.users = await everything('/1.0/users');
  }

  async loadSources(): Promise<void> {
    this.sources = await everything('/1.0/content_sources');
    this.mailboxes = this.sources.some(({ type }) => type === 'email') ? await mailboxes() : [];
  }

  async loadTags(): Promise<void> {
    this.tags = await everything('/1.0/tags');
  }

  tag = (id: Id): Tag | undefined => this.tags.find((tag) => tag.id === id);

  category(id: Id): Category | undefined {
    return this.categoryById.get(id);
  }

  user(id: Id): User | undefined {
    return this.userById.get(id);
  }
}

export const catalog = new Catalog();

export function userName(user: Pick<User, 'firstname' | 'lastname' | 'email'>): string {
  return [user.firstname, user.lastname].filter(Boolean).join(' ') || user.email;
}
