/** What an organisation adds, for the stand-in host: fields of every kind, organisations and roles. */
import type { AccountView, CustomField, CustomFieldKind, CustomValue, MembershipsView } from "../contract";
import { error, type Handlers } from "./fake_parts";

/** An editable field, without texts of its own unless `change` has them. */
export const fakeCustomField = (
  name: string,
  kind: CustomFieldKind,
  value: CustomValue | null,
  change: Partial<CustomField> = {},
): CustomField => ({
  name,
  label: null,
  description: null,
  placeholder: null,
  required: false,
  kind,
  value: { access: "edit", value },
  ...change,
});

/** One editable field of each kind. */
export const fakeCustomFields = (): CustomField[] => [
  fakeCustomField("department", { type: "text", min_length: 2, max_length: 20 }, "Archive", {
    label: "Department",
    description: "As it stands on your door.",
    placeholder: "Accounts",
    required: true,
  }),
  fakeCustomField("desk", { type: "number", min: 1, max: 400 }, 41.5, { label: "Desk" }),
  fakeCustomField("joined", { type: "date", format: "MM/dd/yyyy" }, "03/09/2019", { label: "First day" }),
  fakeCustomField("newsletter", { type: "checkbox" }, true, { label: "Staff newsletter" }),
  fakeCustomField(
    "meal",
    {
      type: "select",
      options: [
        { value: "v", label: "Vegetarian" },
        { value: "fish", label: null },
      ],
    },
    "v",
    { label: "Canteen" },
  ),
  fakeCustomField("homepage", { type: "url" }, "https://staff.example.test/alice", { label: "Staff page" }),
  fakeCustomField("name", { type: "pattern" }, "AB-1234", { label: "Badge", placeholder: "AB-1234" }),
];

const LONG = "Verwaltungsdienstgebäudezutrittsberechtigungsnummer";

/** Locked, unknown, long, from right to left, and values that something else wrote. */
export const oddCustomFields = (): CustomField[] => [
  fakeCustomField("locked", { type: "text", min_length: null, max_length: null }, null, {
    value: { access: "read_only", value: "Grade 7", reason: "organisation" },
  }),
  fakeCustomField("name_parts", { type: "other" }, null, {
    label: "Parts",
    value: { access: "read_only", value: null, reason: "unsupported" },
  }),
  fakeCustomField("long", { type: "text", min_length: null, max_length: null }, `${LONG} ${LONG}`, {
    label: `${LONG} ${LONG} <b>`,
    description: `${LONG} `.repeat(6),
  }),
  fakeCustomField("hebrew", { type: "text", min_length: null, max_length: null }, "ארכיון", {
    label: "מחלקה",
  }),
  fakeCustomField("agreed", { type: "checkbox" }, "perhaps", { label: "Agreed" }),
  fakeCustomField("since", { type: "date", format: "yyyy-MM-dd" }, "long ago", { label: "Since" }),
];

export const fakeMemberships = (): MembershipsView => ({
  organizations: [
    { id: "choir", name: "Example Choir", description: "Sings on Mondays", roles: ["Singer", "Treasurer"] },
    { id: "lab", name: "Example Lab", description: null, roles: [] },
  ],
  roles: [{ id: "editor", name: "Editor", description: "May edit the news" }],
});

interface Kept {
  account: () => AccountView;
  commit: (account: AccountView) => AccountView;
}

export class FakeOrganisation {
  memberships: MembershipsView = fakeMemberships();
  /** What is written elsewhere to a field, by its name, just before the next update of it. */
  readonly elsewhere = new Map<string, CustomValue>();
  readonly #kept: Kept;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  readonly handlers: Pick<Handlers, "custom_fields_update" | "memberships"> = {
    memberships: () => this.memberships,
    custom_fields_update: ({ request }) => {
      const account = structuredClone(this.#kept.account());
      for (const [name, { from, to }] of Object.entries(request)) {
        const custom = account.custom_fields.find((entry) => entry.name === name);
        if (custom?.value.access !== "edit") throw error("field_not_editable", name);
        const written = this.elsewhere.get(name);
        if (written !== undefined) {
          this.elsewhere.delete(name);
          custom.value.value = written;
          this.#kept.commit(structuredClone(account));
        }
        const present = custom.value.value ?? null;
        if (present !== from && present !== to)
          throw { ...error("conflict"), detail: { kind: "conflict", fields: [name], present: account } };
        const misfit = custom.kind.type === "pattern" && to !== null && !/^[A-Z]{2}-\d{4}$/.test(String(to));
        if (misfit || (custom.required && to === null)) throw error("invalid_value", name);
        custom.value.value = to;
      }
      return this.#kept.commit(account);
    },
  };
}
