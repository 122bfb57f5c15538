import { Again, passes } from './again';
import * as admin from './api/admin';
import type { Category, Id, Source, User } from './api/types';

/** The short lists that menus, chips and filters need, fetched once and again after a change to them. */
class Catalog {
  categories = $state.raw<Category[]>([]);
  users = $state.raw<User[]>([]);
  sources = $state.raw<Source[]>([]);

  private again = new Again(() => void this.load());
  private categoryById = $derived(new Map(this.categories.map((category) => [category.id, category])));
  private userById = $derived(new Map(this.users.map((user) => [user.id, user])));

  /** A role may lack the right to read one of the lists; the others must come all the same. */
  async load(): Promise<void> {
    const all = await Promise.allSettled([this.loadCategories(), this.loadUsers(), this.loadSources()]);
    const failed = all.find((one) => one.status === 'rejected' && passes(one.reason));
    if (failed?.status === 'rejected') this.again.failed(failed.reason);
    else this.again.done();
  }

  async loadCategories(): Promise<void> {
    this.categories = await admin.categories.all();
  }

  async loadUsers(): Promise<void> {
    this.users = await admin.users.all();
  }

  async loadSources(): Promise<void> {
    this.sources = await admin.sources.all();
  }

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
