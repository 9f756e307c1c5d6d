/** The folders of a mailbox. Asterisk's are fixed: what is moved elsewhere is on its disk and in no list. */

/** What people call a folder → Asterisk's name of it (app_voicemail.c, `mailbox_folders`). */
const ASTERISK: Readonly<Record<string, string>> = {
  INBOX: 'INBOX',
  Urgent: 'Urgent',
  Old: 'Old',
  Work: 'Work',
  Family: 'Family',
  Friends: 'Friends',
  Cust1: 'Cust1',
  Cust2: 'Cust2',
  Cust3: 'Cust3',
  Cust4: 'Cust4',
  // Phones that show a mailbox call it so.
  Recordings: 'Cust5',
};

const SHOWN = new Map(Object.entries(ASTERISK).map(([shown, asterisk]) => [asterisk, shown]));

/** As people are shown them; new messages first. */
export const FOLDERS: readonly string[] = Object.keys(ASTERISK);

/** Messages here have not been heard. Asterisk counts both as new. */
export const NEW_FOLDERS: readonly string[] = ['INBOX', 'Urgent'];

/** A folder from what a person would write, Asterisk's own names included. */
export function findFolder(text: string): string | undefined {
  const folded = text.trim().toLowerCase();
  if (folded === 'new') return 'INBOX';
  return FOLDERS.find((name) => [name, ASTERISK[name]].some((each) => each?.toLowerCase() === folded));
}

/** Asterisk's name of a folder, in actions and on the disk. */
export function asteriskFolder(shown: string): string {
  return ASTERISK[shown] ?? shown;
}

export function shownFolder(asterisk: string): string {
  return SHOWN.get(asterisk) ?? asterisk;
}
