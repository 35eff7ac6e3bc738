/**
 * Characters that nobody sees: white space, and what Unicode calls ignorable or a format (joiners, marks of direction,
 * fillers), and the empty pattern of Braille. Pasted text brings them along. The server goes by the same property.
 */
const UNSEEN = "\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\p{Cf}\\u2800";
const AT_THE_ENDS = new RegExp(`^[${UNSEEN}]+|[${UNSEEN}]+$`, "gu");
const SEEN = new RegExp(`[^${UNSEEN}]`, "u");
const ANY = new RegExp(`[${UNSEEN}]`, "u");

/** An address without what cannot be seen at its ends. Names keep it: an emoji may end with such a character. */
export const trimUnseen = (text: string): string => text.replace(AT_THE_ENDS, "");

/** Whether there is anything to be seen of a text. */
export const isSeen = (text: string): boolean => SEEN.test(text);

/** Whether something in a text cannot be seen. */
export const hasUnseen = (text: string): boolean => ANY.test(text);
