/** Which rows of a long list to draw, and which windows of it to fetch. */
import type { Id } from '../api/types';

export interface Range {
  /** The first row to draw. */
  first: number;
  /** One past the last row to draw. */
  last: number;
}

/** The rows that a scrolled viewport shows, with some more on both sides so that scrolling never shows a gap. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
  overscan: number,
): Range {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  return { first: Math.min(first, count), last: Math.max(last, 0) };
}

/** The offsets of the windows that hold an unfetched slot within the range. */
export function missingWindows(slots: readonly (Id | undefined)[], range: Range, size: number): number[] {
  const offsets: number[] = [];
  for (let index = Math.max(0, range.first); index < Math.min(range.last, slots.length); index += 1) {
    if (slots[index] !== undefined) continue;
    const offset = Math.floor(index / size) * size;
    if (offsets.at(-1) !== offset) offsets.push(offset);
  }
  return offsets;
}

/** How far to scroll so that a row is wholly in view; null when it already is. */
export function scrollToShow(index: number, scrollTop: number, height: number, rowHeight: number): number | null {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return null;
}

/** How far rows that come and go above the viewport push what the reader looks at. */
export function shiftAbove(from: number, to: number, firstSeen: number): number {
  const left = from >= 0 && from < firstSeen ? -1 : 0;
  const came = to >= 0 && to <= firstSeen ? 1 : 0;
  return firstSeen === 0 ? 0 : left + came;
}
