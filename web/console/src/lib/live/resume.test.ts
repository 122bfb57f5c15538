import { describe, expect, it } from 'vitest';
import { backoff, fresh, opening, receive, type PositionedFrame, type Resume } from './resume';

/** Plays frames against a state and lists what became of each. */
function play(state: Resume, frames: PositionedFrame[]): { state: Resume; verdicts: string } {
  const verdicts: string[] = [];
  for (const frame of frames) {
    const result = receive(state, frame);
    state = result.state;
    verdicts.push(result.verdict);
  }
  return { state, verdicts: verdicts.join(' ') };
}

const at = (last: number): Resume => ({ last, timeline: 'first', resuming: false });

const event = (position: number) => ({ type: 'event', position });

describe('a first connection', () => {
  it('starts from the position of the welcome', () => {
    const { state, hello } = opening(fresh());
    expect(hello).toEqual({ type: 'hello', position: null, timeline: null });
    const played = play(state, [{ type: 'welcome', position: 40 }, event(41)]);
    expect(played.verdicts).toBe('ready deliver');
    expect(played.state.last).toBe(41);
  });
});

describe('a reconnection', () => {
  const { state } = opening(at(40));

  it('names the last position', () => {
    expect(opening(at(40)).hello.position).toBe(40);
  });

  it('delivers what was missed although the welcome names a later position', () => {
    const played = play(state, [{ type: 'welcome', position: 43 }, event(41), event(43), event(44)]);
    expect(played.verdicts).toBe('ready deliver deliver deliver');
    expect(played.state.last).toBe(44);
  });

  it('goes on from the last frame when it breaks in the middle of what was missed', () => {
    const played = play(state, [{ type: 'welcome', position: 43 }, event(41)]);
    expect(opening(played.state).hello.position).toBe(41);
  });

  it('ignores what it has seen', () => {
    expect(play(state, [{ type: 'welcome', position: 41 }, event(39), event(40), event(41), event(41)]).verdicts).toBe(
      'ready ignore ignore deliver ignore',
    );
  });

  it('fetches again when too much was missed, and goes on from there', () => {
    const played = play(state, [{ type: 'reload', position: 900 }, event(900), event(901)]);
    expect(played.verdicts).toBe('reload ignore deliver');
    expect(played.state.last).toBe(901);
  });
});

it('delivers frames without a position, which are about now', () => {
  expect(play(at(40), [{ type: 'typing' }, { type: 'viewers' }]).verdicts).toBe(
    'deliver deliver',
  );
});

it('moves on with a pong that names a position, so that quiet hours do not make it too old', () => {
  expect(play(at(40), [{ type: 'pong', position: 77 }]).state.last).toBe(77);
  expect(play(at(40), [{ type: 'pong' }]).state.last).toBe(40);
});

describe('a server that was restored from a backup', () => {
  it('is told of which timeline the position is', () => {
    const begun = play(opening(fresh()).state, [{ type: 'welcome', position: 40, timeline: 'first' }, event(41)]);
    expect(opening(begun.state).hello).toEqual({ type: 'hello', position: 41, timeline: 'first' });
    // Frames say nothing of it: it holds until the next welcome.
    expect(begun.state.timeline).toBe('first');
  });

  it('has a smaller position and another timeline, and what is shown is fetched again', () => {
    const played = play(opening(at(40)).state, [{ type: 'reload', position: 12, timeline: 'second' }, event(13)]);
    expect(played.verdicts).toBe('reload deliver');
    expect(opening(played.state).hello).toEqual({ type: 'hello', position: 13, timeline: 'second' });
  });
});

describe('the wait before another try', () => {
  it('doubles up to half a minute', () => {
    expect([0, 1, 2, 6, 50].map((attempt) => backoff(attempt, 1))).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  });

  it('is spread over half of its length', () => {
    expect(backoff(2, 0)).toBe(1_000);
  });
});
