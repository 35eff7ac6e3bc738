/** How a person signs in, in German. */
import type { security as englishSecurity } from "./en_security";

export const security: typeof englishSecurity = {
  lead: "Verwalten Sie, wie Sie sich anmelden. Vor jeder Änderung bestätigen Sie, dass Sie es sind.",
  ways: {
    title: "Anmeldemethoden",
    password: (identifiers) => `Passwort, mit ${identifiers}`,
    passwordAlone: "Passwort",
    email_code: "Code per E-Mail",
    phone_code: "Code per SMS",
    social: (name) => `Konto bei ${name}`,
    enterprise: (name) => `Arbeitskonto bei ${name}`,
    enterpriseUnnamed: "Arbeitskonto",
    passkey: "Passkey",
    other: "Andere Methode",
    with: { username: "Benutzername", email: "E-Mail-Adresse", phone: "Telefonnummer" },
  },
  details: "Anmeldedaten",
  set: "Festlegen",
  remove: "Entfernen",
  passwordField: { label: "Passwort", inSentence: "Passwort" },
  passwordSet: "Festgelegt",
  scope: "Ihr Konto darf das noch nicht ändern. Bitten Sie die IT um die Berechtigung „account:security“.",
  noCodes: {
    email:
      "Um sie zu ändern, fragen Sie die IT: Ihre Organisation verschickt keine Codes per E-Mail, mit denen sich eine neue bestätigen ließe.",
    phone:
      "Um sie zu ändern, fragen Sie die IT: Ihre Organisation verschickt keine SMS, mit denen sich eine neue bestätigen ließe.",
  },
  step: (which) => `Schritt ${which} von 2`,

  address: {
    email: {
      add: "E-Mail-Adresse hinzufügen",
      change: "E-Mail-Adresse ändern",
      present: (value) => `Aktuelle E-Mail-Adresse: ${value}`,
      label: "Neue E-Mail-Adresse",
      hint: "Wir senden einen Code an diese Adresse, um sie zu bestätigen.",
      confirm: "Neue E-Mail bestätigen",
      empty: "Geben Sie die neue E-Mail-Adresse ein.",
      form: "Das ist keine E-Mail-Adresse. Sie sieht aus wie name@example.com.",
      invisible: "Darin ist ein Zeichen, das man nicht sieht. Tippen Sie die Adresse, statt sie einzufügen.",
      tooLong: (limit) => `Eine E-Mail-Adresse hat hier höchstens ${limit} Zeichen.`,
      same: "Das ist schon Ihre E-Mail-Adresse.",
      refused:
        "Ihre Organisation nimmt diese Adresse nicht an: Sie ist vielleicht vertippt, gesperrt oder gehört zu einem Arbeitskonto. Nehmen Sie eine andere.",
      taken: (value) =>
        `Der Code war richtig, aber ${value} ist für Ihr Konto nicht möglich. Nehmen Sie eine andere Adresse.`,
      conflict:
        "Ihre E-Mail-Adresse wurde inzwischen anderswo geändert. Sehen Sie sie an und beginnen Sie neu.",
    },
    phone: {
      add: "Telefonnummer hinzufügen",
      change: "Telefonnummer ändern",
      present: (value) => `Aktuelle Telefonnummer: ${value}`,
      label: "Neue Telefonnummer",
      hint: "Mit der Ländervorwahl, etwa +43 664 1234567. Wir senden einen Code per SMS.",
      confirm: "Neue Nummer bestätigen",
      empty: "Geben Sie die neue Telefonnummer ein.",
      form: "Beginnen Sie mit der Ländervorwahl, etwa +43 oder 0043.",
      invisible: "Darin ist ein Zeichen, das man nicht sieht. Tippen Sie die Nummer, statt sie einzufügen.",
      tooLong: (limit) => `Eine Telefonnummer hat hier höchstens ${limit} Zeichen.`,
      same: "Das ist schon Ihre Telefonnummer.",
      refused:
        "An diese Nummer kann kein Code gesendet werden: Sie ist vielleicht vertippt oder aus einem Land, das Ihre Organisation nicht bedient. Nehmen Sie eine andere.",
      taken: (value) =>
        `Der Code war richtig, aber ${value} ist für Ihr Konto nicht möglich. Nehmen Sie eine andere Nummer.`,
      conflict:
        "Ihre Telefonnummer wurde inzwischen anderswo geändert. Sehen Sie sie an und beginnen Sie neu.",
    },
    codeTitle: "Code eingeben",
    other: "Eingabe ändern",
  },

  username: {
    add: "Benutzernamen wählen",
    change: "Benutzernamen ändern",
    label: "Neuer Benutzername",
    hint: "Buchstaben ohne Umlaute und Akzente, Ziffern und _; am Anfang steht keine Ziffer.",
    save: "Benutzernamen speichern",
    empty: "Geben Sie den neuen Benutzernamen ein.",
    form: "Nur Buchstaben ohne Umlaute und Akzente, Ziffern und _; am Anfang ein Buchstabe oder _.",
    tooLong: (limit) => `Ein Benutzername hat höchstens ${limit} Zeichen.`,
    refused:
      "Ihre Organisation nimmt diesen Benutzernamen nicht an: Er ist zu kurz oder zu lang oder hat Zeichen, die nicht erlaubt sind. Wählen Sie einen anderen.",
    taken: "Dieser Benutzername ist nicht möglich. Wählen Sie einen anderen.",
    conflict: "Ihr Benutzername wurde inzwischen anderswo geändert. Sehen Sie ihn an und beginnen Sie neu.",
  },

  password: {
    first: "Passwort festlegen",
    change: "Passwort ändern",
    label: "Neues Passwort",
    generate: "Eines erzeugen",
    generated: "Wir haben ein sicheres Passwort für Sie erstellt. Speichern Sie es in Ihrem Passwortmanager.",
    save: "Neues Passwort speichern",
    saveFirst: "Passwort speichern",
    rulesTitle: "Anforderungen an das Passwort",
    rulesLoading: "Die Anforderungen Ihrer Organisation werden geladen …",
    rulesUnread:
      "Die Anforderungen Ihrer Organisation lassen sich gerade nicht laden. Das Passwort wird beim Speichern geprüft.",
    rules: {
      length: (min) => `Mindestens ${min} Zeichen`,
      lengthBetween: (min, max) => `${min} bis ${max} Zeichen`,
      types: (min) => `Mindestens ${min} davon: Kleinbuchstaben, Großbuchstaben, Ziffern, Sonderzeichen`,
      characters: "Keine Umlaute, Akzente oder Emojis",
      repetition: "Nicht vor allem wiederholte Zeichen wie aaa",
      sequence: "Nicht vor allem Folgen wie abc, 321 oder qwerty",
      ownData: "Nicht aus Namen, E-Mail-Adresse oder Telefonnummer gebildet",
      words: "Nicht vor allem Wörter, die Ihre Organisation ablehnt",
      wordsNamed: (list) => `Nicht vor allem ${list}`,
      breached: "In keinem Datenleck gefunden",
      same: "Nicht Ihr jetziges Passwort",
      other: "Es verletzt eine weitere Regel Ihrer Organisation",
    },
    marks: {
      met: "erfüllt",
      missing: "noch nicht erfüllt",
      broken: "nicht erfüllt",
      later: "– wird beim Speichern geprüft",
    },
    strength: {
      0: "Sofort zu erraten",
      1: "Leicht zu erraten",
      2: "Zu erraten",
      3: "Schwer zu erraten",
      4: "Sehr schwer zu erraten",
    },
    empty: "Geben Sie das neue Passwort ein.",
    broken: "Dieses Passwort verletzt die unten markierten Regeln.",
    same: "Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.",
    refused: "Ihre Organisation nimmt dieses Passwort nicht an. Wählen Sie ein anderes.",
  },

  removal: {
    email: (value) => `E-Mail-Adresse ${value} entfernen?`,
    phone: (value) => `Telefonnummer ${value} entfernen?`,
    username: (value) => `Benutzernamen ${value} entfernen?`,
    loses: "Danach können Sie sich nicht mehr anmelden mit:",
    unused:
      "Sie melden sich nicht damit an. Nach dem Entfernen sind Sie darüber nicht mehr erreichbar und können damit nicht mehr bestätigen, dass Sie es sind.",
    left: "Sie können sich weiterhin anmelden mit:",
    one: "Danach bleibt Ihnen eine Anmeldemethode:",
    confirm: { email: "E-Mail entfernen", phone: "Telefon entfernen", username: "Benutzernamen entfernen" },
    stay: "Abbrechen",
    conflict: "Das wurde inzwischen anderswo geändert. Sehen Sie es an und beginnen Sie neu.",
  },
  lastWay: {
    title: "Sie würden sich aussperren",
    body: "Ohne das bleibt Ihnen kein Weg, sich anzumelden. Tun Sie zuerst eines davon:",
    only: "Ohne das bleibt Ihnen kein Weg, sich anzumelden.",
    steps: {
      set_password: "Passwort festlegen",
      add_email: "E-Mail-Adresse hinzufügen",
      add_phone: "Telefonnummer hinzufügen",
      set_username: "Benutzernamen wählen",
    },
    ask_organisation: "Ihre Organisation kann Ihnen einen anderen Weg öffnen. Fragen Sie die IT.",
  },

  done: {
    email: (value) => `Ihre E-Mail-Adresse ist jetzt ${value}.`,
    phone: (value) => `Ihre Telefonnummer ist jetzt ${value}.`,
    username: (value) => `Ihr Benutzername ist jetzt ${value}.`,
    password: "Ihr Passwort wurde geändert.",
    firstPassword: "Sie haben jetzt ein Passwort.",
    removed: {
      email: "Ihre E-Mail-Adresse wurde entfernt.",
      phone: "Ihre Telefonnummer wurde entfernt.",
      username: "Ihr Benutzername wurde entfernt.",
    },
    from: (value) => `Melden Sie sich ab jetzt mit ${value} an.`,
  },
  elsewhere: {
    offer:
      "Auf Ihren anderen Geräten sind Sie weiterhin angemeldet. Wenn Sie eines nicht kennen, melden Sie sich überall sonst ab.",
    unknown:
      "Es ist nicht erkennbar, welche Anmeldung dieses Gerät ist. Wählen Sie sie unter „Geräte und Apps“.",
    open: "„Geräte und Apps“ öffnen",
  },
};
