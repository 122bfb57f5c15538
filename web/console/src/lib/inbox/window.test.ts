import { describe, expect, it } from 'vitest';
import { missingWindows, scrollToShow, shiftAbove, visibleRange } from './window';

describe('the rows in view', () => {
  it('covers the viewport and some more', () => {
    expect(visibleRange(8_000, 800, 80, 10_000, 5)).toEqual({ first: 95, last: 115 });
  });

  it('stays within the list', () => {
    expect(visibleRange(0, 800, 80, 3, 5)).toEqual({ first: 0, last: 3 });
    expect(visibleRange(800_000, 800, 80, 20, 5)).toEqual({ first: 20, last: 20 });
    expect(visibleRange(0, 800, 80, 0, 5)).toEqual({ first: 0, last: 0 });
  });
});

describe('the windows to fetch', () => {
  const full = (length: number) => Array.from({ length }, (_, index) => `t${index}`);

  it('asks for nothing when all is there', () => {
    expect(missingWindows(full(300), { first: 90, last: 120 }, 100)).toEqual([]);
  });

  it('asks for each window that has a hole in view, once', () => {
    const slots: (string | undefined)[] = full(300);
    slots.fill(undefined, 95, 215);
    expect(missingWindows(slots, { first: 90, last: 220 }, 100)).toEqual([0, 100, 200]);
    expect(missingWindows(slots, { first: 100, last: 120 }, 100)).toEqual([100]);
  });

  it('does not look beyond the end', () => {
    expect(missingWindows(full(5), { first: 0, last: 50 }, 100)).toEqual([]);
  });
});

describe('scrolling to a row', () => {
  it('does nothing when it is in view', () => expect(scrollToShow(3, 160, 400, 80)).toBeNull());
  it('goes up to it', () => expect(scrollToShow(1, 160, 400, 80)).toBe(80));
  it('goes down until it is wholly there', () => expect(scrollToShow(7, 160, 400, 80)).toBe(240));
});

describe('rows that move above the reader', () => {
  it('push what is read down', () => expect(shiftAbove(-1, 0, 10)).toBe(1));
  it('pull it up when they leave', () => expect(shiftAbove(3, -1, 10)).toBe(-1));
  it('cancel out when they move from above to above', () => expect(shiftAbove(3, 0, 10)).toBe(0));
  it('do nothing at the top, where news is to be seen', () => expect(shiftAbove(-1, 0, 0)).toBe(0));
  it('do nothing below', () => expect(shiftAbove(30, 20, 10)).toBe(0));
});
