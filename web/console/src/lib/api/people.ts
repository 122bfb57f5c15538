import { get } from './http';
import type { Id } from './types';

/** A page of customers, who was last in a conversation first: those whom a text finds, where there is one. `before` is where the page
 * before it ended. */
export const customers = (text: string, before: string | null) => get('/console/customers', { text: text || null, before });

/** One of them, by one of their identities. */
export const customer = (identity: Id) => get(`/console/customers/${identity}`, {});

/** The address of the page that shows them. */
export const peoplePath = (text: string): string => (text ? `/people?${new URLSearchParams({ text }).toString()}` : '/people');
