/**
 * The edits of one account. An edit keeps what the user saw when it started and everything typed since; it
 * ends when the server has accepted it or the user discards it, not when its dialog closes.
 */
import { SvelteMap } from "svelte/reactivity";

import type { AccountView, Address, CommandError } from "../../lib/contract";
import { toCommandError } from "../../lib/errors/presentation";
import { m } from "../../lib/paraglide/messages";
import type { App } from "../../lib/state/app.svelte";
import { Waiting } from "../../lib/state/waiting.svelte";
import { type Draft, meaningOf, type Problem, toDraft } from "./drafts";
import {
  ADDRESS_PARTS,
  cardsOf,
  type FieldKey,
  fieldOf,
  type FieldShape,
  requestFor,
  sameValue,
  type Value,
} from "./fields";
import { type Layout, layoutOf, written } from "./formatted";
import { wordsOf } from "./words";

export class Edit {
  readonly shape: FieldShape;
  /** Numbers are typed as this locale writes them, even when the language changes meanwhile. */
  readonly locale: string;
  draft = $state<Draft>({});
  saving = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** An error that is not about the value. */
  error = $state.raw<CommandError | null>(null);
  /** The current value of the field, when it was changed elsewhere meanwhile. */
  conflict = $state.raw<{ present: Value } | null>(null);
  readonly waiting = new Waiting();
  /** The value that the user saw when the edit started. */
  from: Value;
  /** The layout of the formatted address; null when it does not consist of its parts, or no longer. */
  #layout = $state.raw<Layout | null>(null);

  constructor(shape: FieldShape, present: Value, locale: string) {
    this.shape = shape;
    this.locale = locale;
    this.from = present;
    this.draft = toDraft(shape, present, locale);
    if (shape.kind === "address") this.#layout = layoutOf(this.draft);
  }

  /** Whether the formatted address follows its parts. */
  get follows(): boolean {
    return this.#layout !== null;
  }

  /** Handles typing in a part of the address: the formatted one follows. Once typed itself, it is the user's own. */
  typed(part: keyof Address): void {
    if (part === "formatted") this.#layout = null;
    else if (this.#layout) this.draft.formatted = written(this.#layout, this.draft);
  }

  /** Whether anything was typed that differs from what was seen. */
  get dirty(): boolean {
    const before = toDraft(this.shape, this.from, this.locale);
    return Object.keys(before).some((part) => (this.draft[part] ?? "") !== before[part]);
  }

  /** A value that the inputs cannot show, so that it has to be shown next to them. */
  get unshown(): Value {
    const shown = Object.values(toDraft(this.shape, this.from, this.locale)).some(Boolean);
    return shown ? null : this.from;
  }

  /** Whether saving now would clear the field. */
  get clears(): boolean {
    const meaning = meaningOf(this.shape, this.draft, this.locale, this.from);
    return meaning.kind === "value" && meaning.value === null && this.from !== null;
  }
}

export class Edits {
  /** The field whose dialog is open. */
  opened = $state<FieldKey | null>(null);
  /** The field that was saved last, shown in its row. */
  saved = $state<FieldKey | null>(null);
  readonly #app: App;
  readonly #accountId: string;
  readonly #edits = new SvelteMap<FieldKey, Edit>();

  constructor(app: App, accountId: string) {
    this.#app = app;
    this.#accountId = accountId;
  }

  get(key: FieldKey): Edit | null {
    return this.#edits.get(key) ?? null;
  }

  /** Starts an edit, or continues the one that was left. */
  open(key: FieldKey, account: AccountView): void {
    const shape = cardsOf(account)
      .flatMap((card) => card.fields)
      .find((field) => field.key === key);
    const field = fieldOf(account, key);
    if (!shape || field.access !== "edit") return;
    if (!this.#edits.has(key)) this.#edits.set(key, new Edit(shape, field.value, this.#app.locale));
    this.saved = null;
    this.opened = key;
  }

  /** Closes the dialog. What was typed stays until it is saved or discarded. */
  leave(): void {
    const key = this.opened;
    this.opened = null;
    const edit = key && this.#edits.get(key);
    if (key && edit && !edit.dirty && !edit.saving) this.#edits.delete(key);
  }

  discard(): void {
    const key = this.opened;
    this.opened = null;
    if (key) this.#edits.delete(key);
  }

  /** Sends the open edit. Only the server's answer ends it. */
  async save(): Promise<void> {
    const edit = this.opened && this.#edits.get(this.opened);
    if (!edit || edit.saving) return;
    edit.problem = null;
    edit.error = null;
    // A value that others wrote may be impossible to type here: it stays unless it is edited.
    if (edit.from !== null && !edit.dirty && edit.unshown === null) {
      this.discard();
      return;
    }
    const meaning = meaningOf(edit.shape, edit.draft, edit.locale, edit.from);
    if (meaning.kind === "invalid") {
      edit.problem = meaning.problem;
      return;
    }
    if (sameValue(edit.from, meaning.value)) {
      this.discard();
      return;
    }
    await this.#send(edit, meaning.value);
  }

  /** After a conflict: replaces the current value, which the user now knows. */
  async keepMine(): Promise<void> {
    const edit = this.opened && this.#edits.get(this.opened);
    if (!edit?.conflict || edit.saving) return;
    edit.from = edit.conflict.present;
    edit.conflict = null;
    await this.save();
  }

  /** After a conflict: drops the typed text. */
  takeTheirs(): void {
    const edit = this.opened && this.#edits.get(this.opened);
    if (!edit) return;
    this.discard();
    this.#app.announce(m.profile_conflict_taken({ field: wordsOf(edit.shape).label }));
  }

  async #send(edit: Edit, to: Value): Promise<void> {
    const key = edit.shape.key;
    const accountId = this.#accountId;
    edit.saving = true;
    edit.conflict = null;
    edit.waiting.start();
    try {
      const account = await this.#ask(edit, to);
      this.#app.accept(accountId, account);
      this.#edits.delete(key);
      if (this.opened === key) this.opened = null;
      this.saved = key;
      this.#app.announce(m.profile_saved_field({ field: wordsOf(edit.shape).label }));
    } catch (thrown) {
      this.#refuse(edit, toCommandError(thrown));
    } finally {
      edit.saving = false;
      edit.waiting.stop();
    }
  }

  #ask(edit: Edit, to: Value): Promise<AccountView> {
    const { host } = this.#app;
    const accountId = this.#accountId;
    const { command, request } = requestFor(edit.shape, edit.from, to);
    switch (command) {
      case "account_update":
        return host.invoke(command, { accountId, request });
      case "profile_update":
        return host.invoke(command, { accountId, request });
      case "custom_fields_update":
        return host.invoke(command, { accountId, request });
    }
  }

  #refuse(edit: Edit, error: CommandError): void {
    if (error.detail?.kind === "conflict") {
      const field = fieldOf(error.detail.present, edit.shape.key);
      this.#app.accept(this.#accountId, error.detail.present);
      if (field.access !== "off") {
        edit.conflict = { present: field.value ?? null };
        return;
      }
    }
    if (error.code === "invalid_value") {
      const part = ADDRESS_PARTS.find((part) => error.field === `address.${part}`);
      edit.problem = { reason: edit.shape.kind === "pattern" ? "pattern" : "refused", ...(part && { part }) };
    } else {
      edit.error = error;
    }
    if (this.opened !== edit.shape.key) this.#app.announce(this.#app.words(error.code).title);
  }
}
