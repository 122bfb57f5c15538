/** Which replies wait for approval: the permissions on sources say so in steps of ten of a hundred. */

export const approvalSteps = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** Of a hundred replies, how many wait by a permission; null when it is about something else. */
function percentOf(permission: string): number | null {
  if (permission === 'approval_required') return 100;
  const step = /^approval_threshold_(\d+)$/.exec(permission)?.[1];
  return step === undefined ? null : Number(step);
}

export const isApproval = (permission: string): boolean => percentOf(permission) !== null;

export const approvalPercent = (permissions: string[]): number =>
  Math.max(0, ...permissions.map((permission) => percentOf(permission) ?? 0));

/** The permissions, by which so many of a hundred replies wait. Nothing changes where that is so already. */
export function withApproval(permissions: string[], percent: number): string[] {
  if (approvalPercent(permissions) === percent) return permissions;
  const others = permissions.filter((permission) => !isApproval(permission));
  if (percent === 0) return others;
  return [...others, percent === 100 ? 'approval_required' : `approval_threshold_${percent}`];
}
