import { describe, expect, it } from 'vitest';
import { approvalPercent, withApproval } from './approval';

describe('the replies that wait for approval', () => {
  it('are counted as the server counts them', () => {
    expect(approvalPercent(['read', 'reply'])).toBe(0);
    expect(approvalPercent(['approval_threshold_30', 'read'])).toBe(30);
    expect(approvalPercent(['approval_threshold_100'])).toBe(100);
    expect(approvalPercent(['approval_required'])).toBe(100);
  });
  it('are changed by one permission in the place of another', () => {
    expect(withApproval(['read', 'approval_threshold_30'], 100)).toEqual(['read', 'approval_required']);
    expect(withApproval(['read', 'approval_required'], 10)).toEqual(['read', 'approval_threshold_10']);
    expect(withApproval(['read', 'approval_threshold_30'], 0)).toEqual(['read']);
  });
  it('stay said as they were', () => {
    expect(withApproval(['approval_threshold_100'], 100)).toEqual(['approval_threshold_100']);
    expect(withApproval(['approval_threshold_0'], 0)).toEqual(['approval_threshold_0']);
  });
});
