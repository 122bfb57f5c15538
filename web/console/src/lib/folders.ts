/** The folders that every desk has; all others are searches that the desk has kept. */
import type { FolderName, FolderRef } from './api/types';

export const folderNames: readonly FolderName[] = ['new', 'mine', 'everyone', 'closed', 'to_approve'];

export const isOwnFolder = (folder: FolderRef): boolean => !folderNames.some((name) => name === folder);
