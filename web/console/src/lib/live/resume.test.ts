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

const event = (position: number) => ({ type: 'event', position });

describe('a first connection', () => {
  it('starts from the position of the welcome', () => {
    const { state, hello } = opening(fresh());
    expect(hello).toEqual({ type: 'hello', position: null });
    const played = play(state, [{ type: 'welcome', position: 40 }, event(41)]);
    expect(played.verdicts).toBe('ready deliver');
    expect(played.state.last).toBe(41);
  });
});

describe('a reconnection', () => {
  const { state } = opening({ last: 40, resuming: false });

  it('names the last position', () => {
    expect(opening({ last: 40, resuming: false }).hello.position).toBe(40);
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
  expect(play({ last: 40, resuming: false }, [{ type: 'typing' }, { type: 'viewers' }]).verdicts).toBe(
    'deliver deliver',
  );
});

it('moves on with a pong that names a position, so that quiet hours do not make it too old', () => {
  expect(play({ last: 40, resuming: false }, [{ type: 'pong', position: 77 }]).state.last).toBe(77);
  expect(play({ last: 40, resuming: false }, [{ type: 'pong' }]).state.last).toBe(40);
});

describe('the wait before another try', () => {
  it('doubles up to half a minute', () => {
    expect([0, 1, 2, 6, 50].map((attempt) => backoff(attempt, 1))).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  });

  it('is spread over half of its length', () => {
    expect(backoff(2, 0)).toBe(1_000);
  });
});
