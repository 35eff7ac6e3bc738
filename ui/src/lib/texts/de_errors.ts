/** What happened and what to do next, for each code, in German. */
import type { Code } from "../contract";
import type { ErrorText } from "./en_errors";

export const errors: Record<Code, ErrorText> = {
  unauthorized: { title: "Bitte neu anmelden", body: "Der Server erkennt diese Sitzung nicht mehr an." },
  account_not_found: {
    title: "Dieses Konto gibt es nicht mehr",
    body: "Das Verzeichnis Ihrer Organisation kennt es nicht mehr. Falls das nicht stimmt, fragen Sie die IT.",
  },
  step_up_required: {
    title: "Bestätigen Sie, dass Sie es sind",
    body: "Diese Änderung braucht eine neue Bestätigung. Beginnen Sie noch einmal.",
  },
  step_up_refused: {
    title: "Wir konnten nicht bestätigen, dass Sie es sind",
    body: "Die Bestätigung ist abgelaufen oder reicht für diese Änderung nicht aus. Versuchen Sie es noch einmal.",
  },
  step_up_other_person: {
    title: "Jemand anders hat sich angemeldet",
    body: "Im Browser wurde ein anderes Konto als Ihres angemeldet. Es wurde nichts geändert.",
  },
  password_wrong: {
    title: "Falsches Passwort",
    body: "Prüfen Sie es und versuchen Sie es noch einmal.",
  },
  code_wrong: {
    title: "Falscher Code",
    body: "Geben Sie die 6 Ziffern aus der neuesten Nachricht ein.",
  },
  code_expired: {
    title: "Code abgelaufen",
    body: "Fordern Sie einen neuen Code an.",
  },
  last_sign_in_method: {
    title: "Sie würden sich aussperren",
    body: "Das ist Ihr letzter Weg, sich anzumelden. Richten Sie zuerst einen anderen ein.",
  },
  identifier_unavailable: {
    title: "Das kann nicht verwendet werden",
    body: "Es steht für Ihr Konto nicht zur Verfügung. Wählen Sie etwas anderes.",
  },
  password_rejected: {
    title: "Dieses Passwort verstößt gegen die Regeln",
    body: "Ihre Organisation erlaubt es nicht. Wählen Sie ein anderes.",
  },
  session_not_found: {
    title: "Das ist schon beendet",
    body: "Diese Anmeldung war bereits zu Ende.",
  },
  current_session_unknown: {
    title: "Welche Anmeldung ist dieses Gerät?",
    body: "Es ist nicht erkennbar, welche hier Ihre ist. Nennen Sie die, die bleiben soll.",
  },
  instance_required: {
    title: "Diese App ist unvollständig",
    body: "Sie hat eine Anfrage gesendet, die der Server nicht annimmt. Aktualisieren Sie Latchkey oder fragen Sie die IT.",
  },
  instance_unknown: {
    title: "Diese Installation konnte nicht bestätigt werden",
    body: "Der Server kennt diese Kopie von Latchkey nicht. Melden Sie sich ab und wieder an.",
  },
  store_unavailable: {
    title: "Es wurde nichts geändert",
    body: "Der Server kann gerade nichts festhalten und ändert deshalb nichts. Versuchen Sie es bald wieder.",
  },
  client_not_allowed: {
    title: "Diese App ist nicht zugelassen",
    body: "Der Server Ihrer Organisation nimmt diese App nicht an. Bitten Sie die IT, Latchkey zuzulassen.",
  },
  read_only_token: {
    title: "Mit dieser Anmeldung kann man nur lesen",
    body: "Jemand ist im Namen der Person angemeldet, der das Konto gehört. Ändern kann nur sie selbst: Melden Sie sich als Sie selbst an.",
  },
  insufficient_scope: {
    title: "Ihr Konto darf Latchkey noch nicht benutzen",
    body: "Die Anmeldung gelang, aber Ihre Organisation hat Ihrem Konto das Recht auf diese Einstellungen noch nicht gegeben. Bitten Sie die IT darum und versuchen Sie es dann erneut.",
  },
  account_suspended: {
    title: "Dieses Konto ist gesperrt",
    body: "Ihre Organisation hat es gesperrt. Bitten Sie die IT, es zu entsperren.",
  },
  field_not_editable: {
    title: "Das lässt sich nicht ändern",
    body: "Die Regeln Ihrer Organisation erlauben es nicht. Bitten Sie die IT um die Änderung.",
  },
  origin_not_allowed: {
    title: "Abgelehnt",
    body: "Der Server nimmt Anfragen dieser Herkunft nicht an. Fragen Sie die IT.",
  },
  invalid_body: {
    title: "Der Server hat nicht verstanden",
    body: "App und Server haben vielleicht verschiedene Versionen. Aktualisieren Sie Latchkey oder fragen Sie die IT.",
  },
  invalid_value: {
    title: "Nicht angenommen",
    body: "Der Server nimmt diesen Wert nicht an. Ändern Sie ihn und speichern Sie erneut.",
  },
  conflict: {
    title: "Inzwischen anderswo geändert",
    body: "Während Sie schrieben, hat jemand diesen Wert geändert. Wählen Sie, welcher gelten soll.",
  },
  body_too_large: {
    title: "Zu lang",
    body: "Das ist mehr, als der Server annimmt. Kürzen Sie es und speichern Sie erneut.",
  },
  unsupported_media_type: {
    title: "Der Server hat nicht verstanden",
    body: "App und Server haben vielleicht verschiedene Versionen. Aktualisieren Sie Latchkey oder fragen Sie die IT.",
  },
  not_found: {
    title: "Das bietet der Server nicht an",
    body: "App und Server haben vielleicht verschiedene Versionen. Aktualisieren Sie Latchkey oder fragen Sie die IT.",
  },
  method_not_allowed: {
    title: "Das bietet der Server nicht an",
    body: "App und Server haben vielleicht verschiedene Versionen. Aktualisieren Sie Latchkey oder fragen Sie die IT.",
  },
  rate_limited: {
    title: "Zu viele Anfragen",
    body: "Warten Sie einen Moment und versuchen Sie es dann erneut.",
  },
  upstream_failed: {
    title: "Beim Anmeldedienst ist etwas schiefgegangen",
    body: "Soweit wir wissen, wurde nichts geändert. Versuchen Sie es später erneut.",
  },
  upstream_unavailable: {
    title: "Der Anmeldedienst ist nicht erreichbar",
    body: "Ihrem Konto fehlt nichts. Versuchen Sie es gleich noch einmal.",
  },
  timed_out: {
    title: "Keine Antwort in der Zeit",
    body: "Der Server hat zu lange gebraucht. Aktualisieren Sie, um zu sehen, ob die Änderung ankam.",
  },
  internal: {
    title: "Etwas ist schiefgegangen",
    body: "Das ist ein Fehler der Software, nicht Ihrer. Versuchen Sie es erneut oder fragen Sie die IT.",
  },
  signed_out: { title: "Sie sind abgemeldet", body: "Melden Sie sich an, um Ihr Konto zu sehen." },
  session_ended: {
    title: "Ihre Sitzung ist beendet",
    body: "Sie ist abgelaufen oder wurde anderswo beendet. Melden Sie sich neu an.",
  },
  account_changed: {
    title: "Ein anderes Konto ist angemeldet",
    body: "Die Antwort gehörte zu einem anderen Konto und wurde verworfen. Melden Sie sich neu an.",
  },
  offline: {
    title: "Keine Verbindung",
    body: "Der Server ist nicht erreichbar. Prüfen Sie das Netz und versuchen Sie es dann erneut.",
  },
  certificate_untrusted: {
    title: "Die Verbindung ist nicht vertrauenswürdig",
    body: "Dieser Computer kennt den Aussteller des Serverzertifikats nicht, deshalb sendet Latchkey nichts. Fragen Sie die IT.",
  },
  certificate_expired: {
    title: "Das Zertifikat des Servers ist abgelaufen",
    body: "Latchkey sendet nichts. Wenn das Datum dieses Computers stimmt, bitten Sie die IT, das Zertifikat zu erneuern.",
  },
  certificate_not_yet_valid: {
    title: "Das Zertifikat des Servers gilt noch nicht",
    body: "Latchkey sendet nichts. Prüfen Sie Datum und Uhrzeit dieses Computers; wenn sie stimmen, fragen Sie die IT.",
  },
  certificate_wrong_name: {
    title: "Das Zertifikat gehört einem anderen Server",
    body: "Es gilt nicht für den Namen in der Adresse, deshalb sendet Latchkey nichts. Prüfen Sie die Adresse, oder fragen Sie die IT.",
  },
  no_trusted_certificates: {
    title: "Dieser Computer vertraut keinem Server",
    body: "Ihm fehlt die Liste der Zertifizierungsstellen, deshalb lässt sich kein Server prüfen. Bitten Sie die IT, sie zu installieren (das Paket ca-certificates).",
  },
  tls_failed: {
    title: "Keine sichere Verbindung",
    body: "Der Server hat geantwortet, aber App und Server konnten sich auf keine Verschlüsselung einigen. Fragen Sie die IT.",
  },
  proxy_authentication_required: {
    title: "Der Proxy verlangt ein Passwort",
    body: "Der Proxy dieses Computers lässt ohne Anmeldung niemanden durch. Fragen Sie die IT nach den richtigen Proxy-Einstellungen.",
  },
  proxy_refused: {
    title: "Der Proxy hat die Verbindung abgelehnt",
    body: "Der Proxy dieses Computers hat Latchkey nicht zum Server durchgelassen. Bitten Sie die IT, die Adresse freizugeben.",
  },
  proxy_unreachable: {
    title: "Der Proxy ist nicht erreichbar",
    body: "Dieser Computer leitet Verbindungen über einen Proxy, der nicht antwortet. Prüfen Sie das Netzwerk oder die Proxy-Einstellungen.",
  },
  clock_wrong: {
    title: "Die Uhr dieses Computers geht falsch",
    body: "Die Anmeldung wurde verworfen, weil ihre Zeiten nicht passen. Stellen Sie Datum und Uhrzeit (am besten automatisch), und melden Sie sich dann neu an.",
  },
  no_server: {
    title: "Noch kein Server",
    body: "Geben Sie die Adresse des Einstellungsservers Ihrer Organisation ein.",
  },
  server_url_invalid: {
    title: "Keine brauchbare Adresse",
    body: "Die Adresse muss mit https:// beginnen. Fragen Sie die IT nach der richtigen.",
  },
  server_not_latchkey: {
    title: "Das ist kein Latchkey-Server",
    body: "Unter dieser Adresse antwortet etwas, aber kein Einstellungsserver. Prüfen Sie die Adresse oder fragen Sie die IT.",
  },
  server_not_trusted: {
    title: "Diesem Server ist nicht zu trauen",
    body: "Er gibt sich als ein anderer aus als der unter dieser Adresse. Latchkey sendet ihm nichts. Prüfen Sie die Adresse und sagen Sie der IT Bescheid.",
  },
  issuer_not_trusted: {
    title: "Dem Anmeldedienst ist nicht zu trauen",
    body: "Was er über sich sagt, passt nicht zu seinem Namen. Latchkey sendet ihm nichts. Sagen Sie der IT Bescheid.",
  },
  sign_in_in_progress: {
    title: "Eine Anmeldung läuft schon",
    body: "Schließen Sie sie im Browser ab oder brechen Sie sie zuerst ab.",
  },
  sign_in_cancelled: {
    title: "Anmeldung abgebrochen",
    body: "Es wurde nichts geändert. Melden Sie sich an, wann Sie möchten.",
  },
  sign_in_denied: {
    title: "Die Anmeldung wurde abgelehnt",
    body: "Sie oder Ihre Organisation haben sie im Browser abgelehnt. Versuchen Sie es erneut oder fragen Sie die IT.",
  },
  sign_in_timed_out: {
    title: "Zeit für die Anmeldung abgelaufen",
    body: "Nach fünf Minuten haben wir nicht länger auf Ihren Browser gewartet. Beginnen Sie neu.",
  },
  sign_in_mismatch: {
    title: "Die Antwort des Browsers passte nicht",
    body: "Sie gehört nicht zu der Anmeldung, die hier begonnen wurde, und wurde verworfen. Melden Sie sich neu an, nur von diesem Fenster aus.",
  },
  sign_in_failed: {
    title: "Die Anmeldung ist fehlgeschlagen",
    body: "Die Anmeldeseite Ihrer Organisation meldet ein Problem. Versuchen Sie es erneut oder fragen Sie die IT.",
  },
  sign_in_start_again: {
    title: "Bitte neu beginnen",
    body: "Aus dem Browser kam eine Antwort, aber hier wartet keine Anmeldung darauf.",
  },
  browser_unavailable: {
    title: "Kein Browser ließ sich öffnen",
    body: "Kopieren Sie den Link und öffnen Sie ihn in einem Browser auf diesem Computer, oder bitten Sie die IT, einen Standardbrowser einzurichten.",
  },
  clipboard_unavailable: {
    title: "Der Link ließ sich nicht kopieren",
    body: "Öffnen Sie stattdessen den Browser erneut.",
  },
  store_locked: {
    title: "Ihr Schlüsselbund ist nicht offen",
    body: "Entsperren Sie den Schlüsselbund Ihres Systems, oder lassen Sie Latchkey seinen Eintrag darin lesen, und versuchen Sie es dann erneut.",
  },
  store_absent: {
    title: "Kein Schlüsselbund antwortet",
    body: "Ihre Sitzung liegt im Schlüsselbund Ihres Systems, der nicht antwortet. Starten Sie ihn, oder melden Sie sich neu an.",
  },
  store_no_collection: {
    title: "Ihr Schlüsselbund ist nicht eingerichtet",
    body: "Er hat keine Sammlung, die eine Sitzung aufnehmen könnte. Richten Sie eine ein (unter KDE: vom Desktop ab- und wieder anmelden), oder melden Sie sich bis zum Ende von Latchkey an.",
  },
  store_refused: {
    title: "Ihr Schlüsselbund hat versagt",
    body: "Er hat nicht getan, was Latchkey von ihm wollte. Gelöscht wurde nichts. Versuchen Sie es erneut, oder starten Sie den Schlüsselbund neu.",
  },
  stored_session_damaged: {
    title: "Ihr Schlüsselbund hat diese Sitzung verloren",
    body: "Ihr Eintrag ist da, sein Inhalt nicht. Gelöscht wurde nichts; melden Sie sich neu an.",
  },
  storage_failed: {
    title: "Das ließ sich auf diesem Computer nicht ablegen",
    body: "Eine Datei der App konnte nicht geschrieben werden. Prüfen Sie, ob der Datenträger voll ist, und versuchen Sie es dann erneut.",
  },
  picture_unavailable: {
    title: "Das Bild ist nicht verfügbar",
    body: "Es ließ sich nicht laden oder ist kein Bild. Stattdessen sehen Sie Ihre Initialen.",
  },
  step_up_over: { title: "Dieser Nachweis ist vorbei", body: "Beginnen Sie die Änderung noch einmal." },
  link_not_allowed: {
    title: "Dieser Link bewirkt hier nichts",
    body: "Er wollte etwas, das Latchkey nicht tut. Es wurde nichts geändert.",
  },
};
