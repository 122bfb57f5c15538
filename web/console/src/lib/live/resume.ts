/**
 * What the live socket must remember to lose nothing and repeat nothing: the last position it has seen, and of which
 * timeline that is. Plain functions, so that every case of a reconnection can be tested without a network.
 */

import type { SaidFrame } from '../api/types';

export interface Resume {
  /** The newest position whose frame was taken in; null until the first welcome. */
  last: number | null;
  /** The history that positions belong to; a server that was restored from a backup has another one. */
  timeline: string | null;
  /** True when the socket now open was opened to go on from a position. */
  resuming: boolean;
}

export interface PositionedFrame {
  type: string;
  position?: number;
  timeline?: string;
}

export type Hello = Extract<SaidFrame, { type: 'hello' }>;

/**
 * deliver: hand the frame to the listeners. ignore: it was seen before. ready: connected, nothing was missed or it follows.
 * reload: too much was missed; fetch everything shown again.
 */
export type Verdict = 'deliver' | 'ignore' | 'ready' | 'reload';

export const fresh = (): Resume => ({ last: null, timeline: null, resuming: false });

export function opening(state: Resume): { state: Resume; hello: Hello } {
  const { last, timeline } = state;
  return { state: { ...state, resuming: last !== null }, hello: { type: 'hello', position: last, timeline } };
}

export function receive(state: Resume, frame: PositionedFrame): { state: Resume; verdict: Verdict } {
  const position = typeof frame.position === 'number' ? frame.position : null;
  const timeline = frame.timeline ?? state.timeline;
  if (frame.type === 'welcome') {
    // On resumption the missed frames come after the welcome, with positions up to the one it names:
    // taking that one over now would make them all look old.
    return { state: { ...state, timeline, last: state.resuming ? state.last : position }, verdict: 'ready' };
  }
  if (frame.type === 'reload')
    return { state: { last: position ?? state.last, timeline, resuming: false }, verdict: 'reload' };
  if (frame.type === 'pong') return { state: advance(state, position), verdict: 'ignore' };
  if (position === null) return { state, verdict: 'deliver' };
  if (state.last !== null && position <= state.last) return { state, verdict: 'ignore' };
  return { state: advance(state, position), verdict: 'deliver' };
}

function advance(state: Resume, position: number | null): Resume {
  return position === null || (state.last !== null && position <= state.last) ? state : { ...state, last: position };
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** Doubles from half a second to half a minute; the jitter keeps a whole floor of agents from coming back at once. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
