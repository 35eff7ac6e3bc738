/** The props of every input of the edit dialog. */
import type { Edit } from "../state.svelte";

export interface InputProps {
  edit: Edit;
  /** The field's name: the accessible name of a single input, or of the group. */
  label: string;
  /** An example, shown while nothing is typed. */
  placeholder?: string | undefined;
  /** Ids of the hint and of what is wrong. */
  describedBy: string | undefined;
  invalid: boolean;
}
