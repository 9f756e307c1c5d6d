/** What numbers are called. Knows nothing of the PBX or of Home Assistant. */
export { Directory, type Numbers } from './directory.ts';
export { PhoneBooks } from './phone-book.ts';
