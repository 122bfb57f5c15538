import { get } from './http';
import type { Id } from './types';

/** Of which days, source and user figures are, and which of them has its conversations shown. */
export interface FiguresWanted {
  /** Both, or so many days up to today. */
  from: string | null;
  to: string | null;
  days: string | null;
  source: Id | null;
  user: Id | null;
  metric: string | null;
}

const asked = ({ from, to, days, source, user }: FiguresWanted) => ({ from, to, days, source_id: source, user_id: user });

export const figures = (wanted: FiguresWanted) => get('/console/figures', asked(wanted));

/** A page of the conversations that a figure counts. */
export const counted = (wanted: FiguresWanted, before: string | null) =>
  get('/console/figures/threads', { ...asked(wanted), metric: wanted.metric ?? '', before });

/** The address of the page with them. */
export function figuresPath(wanted: Partial<FiguresWanted>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `/figures?${text}` : '/figures';
}
