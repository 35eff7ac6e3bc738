/**
 * Invisible characters: white space, what Unicode calls ignorable or a format (joiners, marks of direction, fillers), and
 * the empty pattern of Braille. Pasted text often has them. The server uses the same Unicode properties.
 */
const INVISIBLE = "\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\p{Cf}\\u2800";
const AT_THE_ENDS = new RegExp(`^[${INVISIBLE}]+|[${INVISIBLE}]+$`, "gu");
const VISIBLE = new RegExp(`[^${INVISIBLE}]`, "u");
const ANY = new RegExp(`[${INVISIBLE}]`, "u");

/** Removes invisible characters from both ends of an address. Names keep them: an emoji may end with one. */
export const trimInvisible = (text: string): string => text.replace(AT_THE_ENDS, "");

/** Whether a text has a visible character. */
export const hasVisible = (text: string): boolean => VISIBLE.test(text);

/** Whether a text has an invisible character. */
export const hasInvisible = (text: string): boolean => ANY.test(text);
