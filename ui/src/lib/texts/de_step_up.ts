/** Confirming who is asking (step-up), in German. */
import type { code as englishCode, stepUp as englishStepUp } from "./en_step_up";

export const stepUp: typeof englishStepUp = {
  title: "Bestätigen Sie, dass Sie es sind",
  needed: (purpose) => `${purpose}, bestätigen Sie bitte, dass Sie es sind.`,
  purposes: {
    add_email: (address) => `Um die E-Mail-Adresse ${address} hinzuzufügen`,
    add_phone: (number) => `Um die Telefonnummer ${number} hinzuzufügen`,
    username: "Um Ihren Benutzernamen zu ändern",
    password: "Um Ihr Passwort zu ändern",
    end_session: (device) => `Um ${device} abzumelden`,
    change_email: (address) => `Um Ihre E-Mail-Adresse in ${address} zu ändern`,
    remove_email: (address) => `Um die E-Mail-Adresse ${address} zu entfernen`,
    change_phone: (number) => `Um Ihre Telefonnummer in ${number} zu ändern`,
    remove_phone: (number) => `Um die Telefonnummer ${number} zu entfernen`,
    end_other_sessions: "Um sich überall sonst abzumelden",
  },
  confirm: {
    add_email: "Bestätigen und weiter",
    add_phone: "Bestätigen und weiter",
    username: "Bestätigen und speichern",
    password: "Bestätigen und speichern",
    end_session: "Bestätigen und abmelden",
    change_email: "Bestätigen und weiter",
    remove_email: "Bestätigen und entfernen",
    change_phone: "Bestätigen und weiter",
    remove_phone: "Bestätigen und entfernen",
    end_other_sessions: "Bestätigen und abmelden",
  },
  notes: {
    more: "Bestätigt. Für diese Änderung fehlt noch ein Schritt.",
    again: "Diese Bestätigung ist abgelaufen, bevor sie benutzt wurde. Bitte bestätigen Sie es noch einmal.",
  },
  none: "Sie können es hier auf keine Weise bestätigen. Bitten Sie die IT um Hilfe.",
  otherWay: "Andere Methode",
  methods: {
    browser: {
      title: "Im Browser neu anmelden",
      hint: "Wie sonst auch, mit Passkey oder zweitem Schritt, wenn Sie das nutzen.",
    },
    password: { title: "Passwort eingeben", hint: "Das, mit dem Sie sich jetzt anmelden." },
    email: { title: "Code per E-Mail erhalten" },
    phone: { title: "Code per SMS erhalten" },
  },
  browser: {
    before:
      "Ihr Browser öffnet die Anmeldeseite Ihrer Organisation. Melden Sie sich dort neu an; dann geht es hier von selbst weiter.",
    open: "Browser öffnen",
    title: "Weiter im Browser",
    during: "Melden Sie sich dort neu an. Sobald Sie fertig sind, geht es hier von selbst weiter.",
    stop: "Nicht mehr warten",
    otherPerson: (name) =>
      `Im Browser hat sich ${name} angemeldet; das sind nicht Sie. Es wurde nichts geändert. Melden Sie sich mit Ihrem eigenen Konto an.`,
  },
  password: {
    label: "Aktuelles Passwort",
    show: "Passwort anzeigen",
    hide: "Passwort ausblenden",
  },
};

export const code: typeof englishCode = {
  label: "6-stelliger Code",
  willSend: (address) => `Wir senden einen 6-stelligen Code an ${address}.`,
  send: "Code senden",
  sentTo: (address) => `Geben Sie den 6-stelligen Code ein, den wir an ${address} gesendet haben.`,
  validFor: (time) => `Er gilt noch ${time}.`,
  over: (address) => `Der Code an ${address} ist abgelaufen.`,
  again: "Erneut senden",
  againIn: (time) => `Erneut senden in ${time}`,
  triesLeft: (tries) => (tries === 1 ? `Nur noch ${tries} Versuch.` : `Noch ${tries} Versuche.`),
};
