import { get, request } from './http';
import type { Id } from './types';

/** Whom of those who are on the sites one looks for: by the page that they are on, and by a variable. */
export interface VisitorsWanted {
  source: Id | null;
  page: string;
  variable: string;
}

/** Who is on the sites now. */
export const visitors = ({ source, page, variable }: VisitorsWanted, offset: number, limit: number) =>
  get('/console/visitors', { source_id: source, page: page || null, variable: variable || null, offset, limit });

/** Begins a conversation with somebody; the same key again begins it once. */
export const invite = (source: Id, identity: Id, body: string, key: string) =>
  request('POST', `/console/visitors/${identity}/invitation`, { body: { source_id: source, body }, idempotencyKey: key });

/** The address of the page that shows them. */
export function visitorsPath(wanted: VisitorsWanted): string {
  const said = Object.entries(wanted).filter(([, value]) => value);
  const query = new URLSearchParams(said).toString();
  return query ? `/visitors?${query}` : '/visitors';
}
