/** Every German word of the page. */
import { devices } from "./de_devices";
import { errors } from "./de_errors";
import { security } from "./de_security";
import { code, stepUp } from "./de_step_up";
import type { Texts } from "./en";

export const de: Texts = {
  product: "Latchkey",
  windowTitle: (view) => `${view} – Latchkey`,

  views: {
    starting: "Start",
    no_server: "Mit Ihrer Organisation verbinden",
    signed_out: "Anmelden",
    signing_in: "Anmeldung läuft",
    insufficient_scope: "Noch keine Berechtigung",
    problem: "Nicht verfügbar",
    overview: "Übersicht",
    profile: "Profil",
    security: "Sicherheit",
    devices: "Geräte und Apps",
    settings: "App-Einstellungen",
    not_offered: "Nicht verfügbar",
  },

  notOffered: {
    title: "Für Ihr Konto nicht verfügbar",
    body: "Ihre Organisation hat das abgeschaltet. Wenn Sie es brauchen, fragen Sie die IT.",
    what: {
      profile: "Wer Sie für die Apps Ihrer Organisation sind.",
      security: "Wie Sie sich anmelden.",
      devices: "Wo Ihr Konto angemeldet ist und welche Apps es benutzen dürfen.",
    },
    toOverview: "Zur Übersicht",
  },

  common: {
    cancel: "Abbrechen",
    close: "Schließen",
    tryAgain: "Erneut versuchen",
    signOut: "Abmelden",
    back: "Zurück",
    notSet: "Nicht angegeben",
    saved: "Gespeichert",
    hide: "Ausblenden",
    show: "Anzeigen",
    requestId: (id) => `Kennung für die IT: ${id}`,
    retryAfter: (seconds) =>
      seconds > 120
        ? `Erneut möglich in ${Math.ceil(seconds / 60)} Minuten.`
        : `Erneut möglich in ${seconds} ${seconds === 1 ? "Sekunde" : "Sekunden"}.`,
    clockAhead: (span) => `Die Uhr dieses Computers geht etwa ${span} vor.`,
    clockBehind: (span) => `Die Uhr dieses Computers geht etwa ${span} nach.`,
    certificateOf: (host, issuer) =>
      issuer
        ? `Das Zertifikat von ${host} wurde von „${issuer}“ ausgestellt.`
        : `Es geht um das Zertifikat von ${host}.`,
    stillWaiting: "Noch keine Antwort …",
    slowAnswer: "Das dauert ungewöhnlich lange.",
    takesLong:
      "Das dauert ungewöhnlich lange. Sie können dies schließen; nichts Geschriebenes geht verloren.",
    loading: "Ihr Konto wird geladen",
  },

  starting: {
    title: "Latchkey startet",
    keyringTitle: "Der Schlüsselbund wartet",
    keyringBody:
      "Der Schlüsselbund Ihres Systems fragt Sie vermutlich etwas in einem eigenen Fenster: nach seinem Passwort, oder ob Latchkey seinen Eintrag lesen darf. Sobald Sie antworten, geht es weiter.",
  },

  noServer: {
    title: "Mit Ihrer Organisation verbinden",
    body: "Latchkey braucht eine einzige Adresse: die des Einstellungsservers Ihrer Organisation. Ihre IT-Abteilung kennt sie.",
  },

  server: {
    label: "Adresse des Servers",
    placeholder: "https://settings.example.com",
    save: "Verbinden",
    change: "Diesen Server benutzen",
    checking: "Der Server wird gefragt, wer er ist …",
    from: {
      command_line: "Beim Start von Latchkey festgelegt (--server). Hier nicht zu ändern.",
      environment: "Durch die Umgebung dieses Computers festgelegt (LATCHKEY_SERVER). Hier nicht zu ändern.",
    },
    whileSignedIn: "Melden Sie sich ab, um einen anderen Server zu benutzen.",
    saved: "Mit dem Server verbunden.",
    insecureTag: "Entwicklung",
    insecure: "Die Verbindung ist nicht verschlüsselt: http, nur auf diesem Computer.",
    pinned: (resource) =>
      `Berechtigungen werden für eine andere Ressource als diese Adresse geholt: ${resource}`,
  },

  signIn: {
    lead: (organisation) =>
      `Ihr Konto bei ${organisation}. Sie melden sich im Browser an; nichts, was Sie dort eingeben, erreicht diese App.`,
    leadPlain:
      "Ihr Konto, auf Ihrem Schreibtisch. Sie melden sich im Browser an; nichts, was Sie dort eingeben, erreicht diese App.",
    button: "Anmelden",
    managed: "von Ihrer Organisation verwaltet",
    otherAccount: "Neu anmelden",
    settings: "App-Einstellungen",
    preparing: {
      title: "Wird vorbereitet",
      body: "Der Server Ihrer Organisation wird gefragt, wie man sich anmeldet.",
    },
    waiting_for_browser: {
      title: "Weiter im Browser",
      body: "Ihr Browser zeigt die Anmeldeseite Ihrer Organisation. Wenn Sie dort fertig sind, kommt dieses Fenster von selbst zurück.",
    },
    finishing: {
      title: "Gleich geschafft",
      body: "Ihr Browser hat geantwortet. Latchkey prüft die Antwort.",
    },
    slow: {
      preparing: "Die Frage läuft noch. Der Server oder das Netz ist langsam.",
      waiting_for_browser:
        "Kein Browserfenster zu sehen? Öffnen Sie es erneut, oder kopieren Sie den Link in irgendeinen Browser auf diesem Computer.",
      finishing: "Die Prüfung läuft noch. Der Server oder das Netz ist langsam.",
    },
    reopen: "Browser erneut öffnen",
    copy: "Link kopieren",
    copied: "Link kopiert. Fügen Sie ihn in einen Browser auf diesem Computer ein.",
    reopened: "Der Browser wurde erneut geöffnet.",
    cancel: "Abbrechen",
  },

  shell: {
    navigation: "Konto",
    accountMenu: "Kontomenü",
    refresh: "Aktualisieren",
    refreshed: "Auf dem neuesten Stand.",
    signOut: "Abmelden …",
    banners: "Hinweise",
    stale: (time) => `Sie sehen Ihr Konto, wie es ${time} war.`,
    staleUnknown: "Sie sehen Ihr Konto, wie es zuletzt bekannt war.",
    memoryOnly: {
      absent:
        "Sie bleiben angemeldet, bis Latchkey beendet wird, denn dieser Computer hat keinen Schlüsselbund für die Sitzung.",
      locked: "Sie bleiben angemeldet, bis Latchkey beendet wird, denn Ihr Schlüsselbund ist gesperrt.",
      no_collection:
        "Sie bleiben angemeldet, bis Latchkey beendet wird, denn Ihr Schlüsselbund ist noch nicht eingerichtet.",
      refused:
        "Sie bleiben angemeldet, bis Latchkey beendet wird, denn Ihr Schlüsselbund konnte die Sitzung nicht aufnehmen.",
    },
    keep: {
      absent: "Erneut suchen",
      locked: "Entsperren",
      no_collection: "Einrichten",
      refused: "Erneut versuchen",
    },
    kept: "Ihre Sitzung ist im Schlüsselbund.",
  },

  signOut: {
    title: "Von Latchkey abmelden?",
    erased: (name) =>
      `Die Sitzung von ${name} auf diesem Computer endet, und was Latchkey hier vom Konto aufbewahrt, wird gelöscht. Das Konto selbst bleibt, wie es ist.`,
    browser: "Auch im Browser abmelden",
    browserHint:
      "Sonst bleibt Ihr Browser angemeldet, und eine neue Anmeldung hier fragt vielleicht nicht nach dem Passwort.",
    confirm: "Abmelden",
    stay: "Angemeldet bleiben",
  },

  overview: {
    morning: (name) => `Guten Morgen, ${name}`,
    afternoon: (name) => `Guten Tag, ${name}`,
    evening: (name) => `Guten Abend, ${name}`,
    night: (name) => `Hallo, ${name}`,
    lastSignIn: (when) => `Zuletzt angemeldet ${when}`,
    facts: "Ihr Konto",
    memberSince: "Mitglied seit",
    change: "Ändern",
    changeField: (field) => `${field} ändern`,
  },

  profile: {
    lead: "Wer Sie für die Apps Ihrer Organisation sind.",
    cards: {
      account: "Konto",
      names: "Über Sie",
      contact: "Links und Adresse",
      region: "Sprache und Zeit",
      custom: "Von Ihrer Organisation",
    },
    customLead: "Was Ihre Organisation außerdem von Ihnen wissen möchte.",
    yes: "Ja",
    no: "Nein",
    choose: "Bitte wählen …",
    present: "Jetzt steht dort:",
    rules: {
      number: {
        exactly: (number) => `Die Zahl ${number}.`,
        between: (least, most) => `Eine Zahl von ${least} bis ${most}.`,
        least: (least) => `Eine Zahl, nicht kleiner als ${least}.`,
        most: (most) => `Eine Zahl, nicht größer als ${most}.`,
      },
      measured_text: {
        exactly: (length) => `Genau ${length} Zeichen.`,
        between: (least, most) => `Von ${least} bis ${most} Zeichen.`,
        least: (least) => `Mindestens ${least} Zeichen.`,
        most: (most) => `Höchstens ${most} Zeichen.`,
      },
    },
    add: "Angeben",
    change: "Ändern",
    resume: "Weiter",
    addField: (field) => `${field} angeben`,
    changeField: (field) => `${field} ändern`,
    resumeField: (field) => `${field} weiter ändern`,
    unsaved: "Noch nicht gespeichert",
    saveField: (field) => `${field} speichern`,
    removeField: (field) => `${field} entfernen`,
    savedField: (field) => `${field} gespeichert.`,
    discard: "Verwerfen",
    pictureUnset: "Kein Bild; es werden Ihre Initialen gezeigt",
    pictureSet: "Bild",
    locked: "Gesperrt",
    reasons: {
      organisation: {
        tag: "Verwaltet",
        text: "Ihre Organisation lässt hier keine Änderung zu. Bitten Sie die IT darum.",
      },
      server: {
        tag: "Verwaltet",
        text: "Der Einstellungsserver lässt keine Änderung zu. Bitten Sie die IT darum.",
      },
      scope: {
        tag: "Nur ansehen",
        text: "Ihr Konto darf das noch nicht ändern. Bitten Sie die IT um das Recht „account:write“.",
      },
      unsupported: {
        tag: "Nur ansehen",
        text: "Latchkey kann diese Art von Feld nicht ändern. Bitten Sie die IT darum.",
      },
    },
    fields: {
      name: { label: "Name", inSentence: "Name", hint: "So erscheinen Sie überall." },
      avatar: {
        label: "Bild",
        inSentence: "Bild",
        hint: "Die https-Adresse eines Bildes, mindestens 128 Pixel breit.",
      },
      username: { label: "Benutzername", inSentence: "Benutzername", hint: "" },
      email: { label: "E-Mail", inSentence: "E-Mail", hint: "" },
      phone: { label: "Telefon", inSentence: "Telefon", hint: "" },
      given_name: { label: "Vorname", inSentence: "Vorname", hint: "" },
      middle_name: { label: "Zweiter Vorname", inSentence: "Zweiter Vorname", hint: "" },
      family_name: { label: "Nachname", inSentence: "Nachname", hint: "" },
      nickname: { label: "Spitzname", inSentence: "Spitzname", hint: "Wie Freunde Sie nennen." },
      preferred_username: {
        label: "Bevorzugter Benutzername",
        inSentence: "Bevorzugter Benutzername",
        hint: "Der kurze Name, mit dem Sie gezeigt werden möchten. Zum Anmelden dient er nicht.",
      },
      gender: { label: "Geschlecht", inSentence: "Geschlecht", hint: "In Ihren eigenen Worten." },
      birthdate: {
        label: "Geburtstag",
        inSentence: "Geburtstag",
        hint: "Das ganze Datum, nur das Jahr oder nur Tag und Monat.",
      },
      profile: {
        label: "Profilseite",
        inSentence: "Profilseite",
        hint: "Die https-Adresse einer Seite über Sie.",
      },
      website: {
        label: "Website",
        inSentence: "Website",
        hint: "Eine Adresse, die mit https:// oder http:// beginnt.",
      },
      zoneinfo: {
        label: "Zeitzone",
        inSentence: "Zeitzone",
        hint: "Eine Stadt eingeben oder aus der Liste wählen.",
      },
      locale: {
        label: "Sprache",
        inSentence: "Sprache",
        hint: "Eine Sprache oder ihr Kürzel eingeben, etwa de-AT.",
      },
      address: { label: "Adresse", inSentence: "Adresse", hint: "" },
    },
    birthdate: {
      day: "Tag",
      month: "Monat",
      year: "Jahr",
      noMonth: "–",
      year_only: "nur das Jahr",
      no_year: "ohne Jahr",
    },
    address: {
      street_address: "Straße und Hausnummer",
      postal_code: "Postleitzahl",
      locality: "Ort",
      region: "Bundesland oder Provinz",
      country: "Land",
      formatted: "Die ganze Adresse, wie sie gedruckt werden soll",
    },
    formattedFollows: "Sie folgt den Zeilen darüber, bis Sie sie selbst schreiben.",
    invisible: "Nur Zeichen, die man nicht sieht",
    preview: "Vorschau",
    previewLoading: "Das Bild wird geholt …",
    previewFailed: "Das Bild lässt sich von dort nicht holen. Die Adresse können Sie trotzdem speichern.",
    inPart: (part, words) => `${part}: ${words}`,
    invalid: {
      empty: "Das darf nicht leer sein.",
      tooShort: (limit) => `Das ist kürzer als ${limit} Zeichen.`,
      tooLong: (limit) => `Das ist länger als ${limit} Zeichen.`,
      tooSmall: (limit) => `Das ist weniger als ${limit}.`,
      tooLarge: (limit) => `Das ist mehr als ${limit}.`,
      https: "Das muss eine Adresse sein, die mit https:// beginnt.",
      url: "Das muss eine Adresse sein, die mit https:// oder http:// beginnt.",
      date: "Dieses Datum gibt es nicht. Geben Sie das ganze Datum, nur das Jahr oder Tag und Monat an.",
      wholeDate: "Dieses Datum gibt es nicht. Geben Sie Tag, Monat und Jahr an.",
      number: (example) => `Das ist keine Zahl. Schreiben Sie sie wie ${example}.`,
      pattern: "Das hat nicht die Form, die Ihre Organisation verlangt.",
      timeZone: "Diese Zeitzone gibt es nicht. Wählen Sie eine aus der Liste.",
      locale: "Das ist kein Sprachkürzel. Wählen Sie eines aus der Liste.",
      refused: "Der Server nimmt diesen Wert nicht an.",
    },
    conflict: {
      title: "Inzwischen anderswo geändert",
      body: (field) =>
        `Während Sie schrieben, wurde „${field}“ an anderer Stelle geändert. Jetzt steht dort:`,
      cleared: "Entfernt",
      keepMine: "Meinen behalten",
      takeTheirs: "Anderen übernehmen",
      taken: (field) => `${field}: der neuere Wert wurde behalten.`,
    },
  },

  memberships: {
    title: "Organisationen und Rollen",
    lead: "Wo Sie dazugehören und was Sie dürfen, entscheidet die IT. Hier lässt es sich nicht ändern.",
    loading: "Ihre Organisationen werden geladen",
    organizations: "Organisationen",
    roles: "Allgemeine Rollen",
  },

  settings: {
    lead: "Wie Latchkey aussieht und womit es sich verbindet, auf diesem Computer.",
    cards: { server: "Einstellungsserver", appearance: "Aussehen", about: "Über Latchkey" },
    theme: "Farben",
    themes: { system: "Systemeinstellung", light: "Hell", dark: "Dunkel" },
    language: "Sprache",
    languages: { system: "Systemeinstellung", en: "English", de: "Deutsch" },
    follows: "Farben und Sprache folgen Ihrem Konto auf jedes Gerät.",
    stays: "Farben und Sprache bleiben auf diesem Gerät.",
    saved: "Aussehen gespeichert.",
    version: "Version",
    organisation: "Organisation",
  },

  problem: { accountId: "Kontokennung", code: "Grund", reference: "Vorgang" },

  stepUp,
  code,
  security,
  devices,
  errors,
};
