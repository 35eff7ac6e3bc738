//! The texts of notices, in English and German.

use account_api::account::Language;
use chrono::{DateTime, Datelike, Timelike};

use super::{Notice, NoticeKind};
use crate::device;

/// A mail's subject and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
}

impl Text {
    /// Returns the text of a notice. `organisation` is the organisation of the account, if the operator names it.
    #[cfg(test)]
    pub(crate) fn of(notice: &Notice, organisation: Option<&str>) -> Self {
        Self::of_several(notice, &[], 0, organisation)
    }

    /// Returns the text of a notice and equal ones before it that it covers: `others`, and `more` without details.
    pub(crate) fn of_several(
        notice: &Notice,
        others: &[Notice],
        more: u64,
        organisation: Option<&str>,
    ) -> Self {
        let words = words(notice.kind, notice.language);
        let frame = frame(notice.language);
        let account = match organisation {
            Some(name) => format!("{} {name}", frame.account_at),
            None => frame.account.to_owned(),
        };
        let mut lines = vec![
            frame.hello.to_owned(),
            String::new(),
            words.happened.replace("{account}", &account),
            String::new(),
            format!("{} {}", frame.when, utc(notice.at_ms)),
        ];
        // Only a name of our own table: an older version may have queued the program's own text.
        let device = if device::is_name(&notice.device) { &notice.device } else { frame.unknown_device };
        let accounts = [(frame.removed, &notice.removed), (frame.added, &notice.added)];
        let named = accounts.into_iter().filter_map(|(label, account)| Some((label, account.as_ref()?)));
        lines.extend(named.map(|(label, account)| format!("{label} {account}")));
        lines.push(format!("{} {device}", frame.device));
        if !notice.network.is_empty() {
            lines.push(format!("{} {}", frame.network, notice.network));
        }
        let count = u64::try_from(others.len()).unwrap_or(u64::MAX).saturating_add(more);
        if count > 0 {
            lines.extend([String::new(), frame.before.replace("{count}", &count.to_string())]);
            lines.extend(others.iter().map(|other| {
                let (when, parts) = (utc(other.at_ms), [&other.device, &other.network]);
                let accounts = [&other.removed, &other.added].into_iter().flatten();
                let parts = parts.into_iter().filter(|part| !part.is_empty()).chain(accounts).cloned();
                std::iter::once(format!("- {when}")).chain(parts).collect::<Vec<_>>().join(", ")
            }));
        }
        lines.extend([String::new(), words.if_you.to_owned(), String::new(), words.if_not_you.to_owned()]);
        lines.extend([String::new(), frame.end.to_owned(), String::new()]);
        Self { subject: words.subject.to_owned(), body: lines.join("\n") }
    }
}

/// `2026-11-24 10:57 UTC`: the same in every language.
fn utc(at_ms: u64) -> String {
    let time = i64::try_from(at_ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    let (date, time) = (time.date_naive(), time.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02} UTC",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute()
    )
}

/// The texts that every notice of a language has.
struct Frame {
    hello: &'static str,
    account: &'static str,
    account_at: &'static str,
    when: &'static str,
    device: &'static str,
    unknown_device: &'static str,
    network: &'static str,
    removed: &'static str,
    added: &'static str,
    /// Before the list of equal ones.
    before: &'static str,
    end: &'static str,
}

fn frame(language: Language) -> Frame {
    match language {
        Language::En => Frame {
            hello: "Hello,",
            account: "your account",
            account_at: "your account at",
            when: "When:    ",
            device: "Program: ",
            unknown_device: "a program that Latchkey does not know",
            network: "Network: ",
            removed: "Removed: ",
            added: "Added:   ",
            before: "Shortly before, the same happened (number of times: {count}):",
            end: "This message was sent automatically because your account was changed. It never asks you for a \
                  password or a code.",
        },
        Language::De => Frame {
            hello: "Guten Tag,",
            account: "Ihres Kontos",
            account_at: "Ihres Kontos bei",
            when: "Wann:     ",
            device: "Programm: ",
            unknown_device: "ein Programm, das Latchkey nicht kennt",
            network: "Netz:     ",
            removed: "Entfernt: ",
            added: "Neu:      ",
            before: "Kurz davor geschah dasselbe (Anzahl: {count}):",
            end: "Diese Nachricht wurde automatisch verschickt, weil Ihr Konto geändert wurde. Sie fragt nie nach \
                  einem Passwort oder Code.",
        },
    }
}

/// The texts of one kind of notice.
struct Words {
    subject: &'static str,
    happened: &'static str,
    if_you: &'static str,
    if_not_you: &'static str,
}

fn words(kind: NoticeKind, language: Language) -> Words {
    let (if_you, take_back) = match language {
        Language::En => (
            "If this was you, there is nothing to do.",
            "If it was not you, act at once: sign in from a device you trust, change your password, sign out \
             everywhere else, and tell the people who run your account.",
        ),
        Language::De => (
            "Wenn Sie das waren, müssen Sie nichts tun.",
            "Wenn Sie das nicht waren, handeln Sie sofort: Melden Sie sich an einem Gerät an, dem Sie vertrauen, \
             ändern Sie Ihr Passwort, melden Sie sich überall sonst ab, und sagen Sie es den Betreibern Ihres Kontos.",
        ),
    };
    let changed = |subject, happened| Words { subject, happened, if_you, if_not_you: take_back };
    match (kind, language) {
        (NoticeKind::SignInEmailChanged, Language::En) => changed(
            "Your e-mail address was changed",
            "The e-mail address for signing in to {account} was set, changed or removed.",
        ),
        (NoticeKind::SignInEmailChanged, Language::De) => changed(
            "Ihre E-Mail-Adresse wurde geändert",
            "Die E-Mail-Adresse {account} wurde gesetzt, geändert oder entfernt.",
        ),
        (NoticeKind::PhoneChanged, Language::En) => changed(
            "Your phone number was changed",
            "The phone number of {account} was set, changed or removed.",
        ),
        (NoticeKind::PhoneChanged, Language::De) => changed(
            "Ihre Telefonnummer wurde geändert",
            "Die Telefonnummer {account} wurde gesetzt, geändert oder entfernt.",
        ),
        (NoticeKind::EmailAboutToChange, Language::En) => changed(
            "Your e-mail address is about to change",
            "Somebody asked to change or remove the e-mail address of {account}, and confirmed it with a code that was \
             sent here.",
        ),
        (NoticeKind::EmailAboutToChange, Language::De) => changed(
            "Ihre E-Mail-Adresse wird gleich geändert",
            "Die E-Mail-Adresse {account} soll geändert oder entfernt werden. Das wurde mit einem Code bestätigt, der \
             hierher geschickt wurde.",
        ),
        (NoticeKind::PhoneAboutToChange, Language::En) => changed(
            "Your phone number is about to change",
            "Somebody asked to change or remove the phone number of {account}, and confirmed it with a code that was \
             sent to it.",
        ),
        (NoticeKind::PhoneAboutToChange, Language::De) => changed(
            "Ihre Telefonnummer wird gleich geändert",
            "Die Telefonnummer {account} soll geändert oder entfernt werden. Das wurde mit einem Code bestätigt, der an \
             sie geschickt wurde.",
        ),
        (NoticeKind::UsernameChanged, Language::En) => {
            changed("Your user name was changed", "The user name of {account} was set, changed or removed.")
        }
        (NoticeKind::UsernameChanged, Language::De) => changed(
            "Ihr Benutzername wurde geändert",
            "Der Benutzername {account} wurde gesetzt, geändert oder entfernt.",
        ),
        (NoticeKind::PasswordChanged, Language::En) => {
            changed("Your password was changed", "The password of {account} was set or changed.")
        }
        (NoticeKind::PasswordChanged, Language::De) => {
            changed("Ihr Passwort wurde geändert", "Das Passwort {account} wurde gesetzt oder geändert.")
        }
        (NoticeKind::AccessTokenCreated, Language::En) => changed(
            "A personal access token was created",
            "A personal access token of {account} was created. A program that has it can use the account without \
             signing in, until the token expires or is revoked.",
        ),
        (NoticeKind::AccessTokenCreated, Language::De) => changed(
            "Ein Zugriffstoken wurde erstellt",
            "Ein persönliches Zugriffstoken {account} wurde erstellt. Ein Programm, das es hat, kann das Konto ohne \
             Anmeldung verwenden, bis das Token abläuft oder widerrufen wird.",
        ),
        (NoticeKind::AccessTokenRevoked, Language::En) => changed(
            "A personal access token was revoked",
            "A personal access token of {account} was revoked. Programs that used it stop working.",
        ),
        (NoticeKind::AccessTokenRevoked, Language::De) => changed(
            "Ein Zugriffstoken wurde widerrufen",
            "Ein persönliches Zugriffstoken {account} wurde widerrufen. Programme, die es verwendet haben, \
             funktionieren nicht mehr.",
        ),
        (NoticeKind::SocialLinked, Language::En) => changed(
            "An account was linked",
            "An account at another provider was linked to {account}. Who can use it can sign in.",
        ),
        (NoticeKind::SocialLinked, Language::De) => changed(
            "Ein Konto wurde verknüpft",
            "Für eine Anmeldung {account} wurde ein Konto bei einem anderen Anbieter verknüpft. Wer darauf Zugriff hat, \
             kann sich damit anmelden.",
        ),
        (NoticeKind::SocialSwitched, Language::En) => changed(
            "A linked account was replaced",
            "A linked account of {account} was replaced by another one of the same provider. The new one can be used to \
             sign in, and the former one no longer.",
        ),
        (NoticeKind::SocialSwitched, Language::De) => changed(
            "Ein verknüpftes Konto wurde ersetzt",
            "Ein verknüpftes Konto {account} wurde durch ein anderes beim selben Anbieter ersetzt. Mit dem neuen ist eine \
             Anmeldung möglich, mit dem bisherigen nicht mehr.",
        ),
        (NoticeKind::SocialUnlinked, Language::En) => changed(
            "A linked account was removed",
            "An account at another provider was unlinked from {account}. It can no longer be used to sign in.",
        ),
        (NoticeKind::SocialUnlinked, Language::De) => changed(
            "Ein verknüpftes Konto wurde entfernt",
            "Die Verknüpfung {account} mit einem Konto bei einem anderen Anbieter wurde entfernt. Damit ist keine \
             Anmeldung mehr möglich.",
        ),
        (NoticeKind::SocialRestored, Language::En) => changed(
            "A linked account was restored",
            "An account at another provider that had been unlinked was linked to {account} again. Who can use it can sign \
             in.",
        ),
        (NoticeKind::SocialRestored, Language::De) => changed(
            "Ein verknüpftes Konto wurde wiederhergestellt",
            "Ein zuvor getrenntes Konto bei einem anderen Anbieter wurde wieder für eine Anmeldung {account} verknüpft. \
             Wer darauf Zugriff hat, kann sich damit anmelden.",
        ),
        (NoticeKind::SocialForgotten, Language::En) => changed(
            "A removed account can no longer be restored",
            "What was kept of an account that had been unlinked from {account} was erased. It can no longer be restored.",
        ),
        (NoticeKind::SocialForgotten, Language::De) => changed(
            "Ein entferntes Konto lässt sich nicht mehr wiederherstellen",
            "Was von einem zuvor getrennten Konto {account} noch aufbewahrt war, wurde gelöscht. Es lässt sich nicht mehr \
             wiederherstellen.",
        ),
        (NoticeKind::SessionsEnded, Language::En) => changed(
            "You were signed out on other devices",
            "Devices or apps that were signed in to {account} have been signed out.",
        ),
        (NoticeKind::SessionsEnded, Language::De) => changed(
            "Sie wurden auf anderen Geräten abgemeldet",
            "Andere Anmeldungen {account} wurden beendet.",
        ),
        (NoticeKind::InstanceIntroduced, Language::En) => changed(
            "A new app was signed in to your account",
            "An app installation that was not known before was signed in to {account}.",
        ),
        (NoticeKind::InstanceIntroduced, Language::De) => changed(
            "Eine neue App wurde in Ihrem Konto angemeldet",
            "In einer bisher unbekannten Installation der App wurde eine Anmeldung {account} eingerichtet.",
        ),
        (NoticeKind::CodeTriesExhausted, Language::En) => Words {
            subject: "Too many wrong codes were entered",
            happened: "Too many wrong verification codes were entered to change {account}. For a while no more are accepted; \
                       nothing was changed.",
            if_you: "If this was you, wait a while and ask for a new code.",
            if_not_you: "If it was not you, somebody is signed in as you: sign in from a device you trust, change \
                         your password, sign out everywhere else, and tell the people who run your account.",
        },
        (NoticeKind::UsernameTriesExhausted, Language::En) => Words {
            subject: "Too many user names were tried",
            happened: "Too many user names were tried for {account}. For a while no more are accepted.",
            if_you: "If this was you, wait a while and choose another name.",
            if_not_you: "If it was not you, somebody is signed in as you: sign in from a device you trust, change \
                         your password, sign out everywhere else, and tell the people who run your account.",
        },
        (NoticeKind::UsernameTriesExhausted, Language::De) => Words {
            subject: "Zu viele Benutzernamen wurden ausprobiert",
            happened: "Für eine Änderung {account} wurden zu viele Benutzernamen ausprobiert. Eine Zeit lang werden \
                       keine mehr angenommen.",
            if_you: "Wenn Sie das waren, warten Sie eine Weile und wählen Sie einen anderen Namen.",
            if_not_you: "Wenn Sie das nicht waren, ist jemand in Ihrem Namen angemeldet: Melden Sie sich an einem \
                         Gerät an, dem Sie vertrauen, ändern Sie Ihr Passwort, melden Sie sich überall sonst ab, und \
                         sagen Sie es den Betreibern Ihres Kontos.",
        },
        (NoticeKind::CodeTriesExhausted, Language::De) => Words {
            subject: "Zu viele falsche Codes wurden eingegeben",
            happened: "Für eine Änderung {account} wurden zu viele falsche Bestätigungscodes eingegeben. Eine Zeit lang werden keine \
                       mehr angenommen; geändert wurde nichts.",
            if_you: "Wenn Sie das waren, warten Sie eine Weile und fordern Sie einen neuen Code an.",
            if_not_you: "Wenn Sie das nicht waren, ist jemand in Ihrem Namen angemeldet: Melden Sie sich an einem \
                         Gerät an, dem Sie vertrauen, ändern Sie Ihr Passwort, melden Sie sich überall sonst ab, und \
                         sagen Sie es den Betreibern Ihres Kontos.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(kind: NoticeKind, language: Language) -> Notice {
        Notice {
            kind,
            at_ms: 1_709_210_096_000,
            device: "Firefox on Windows".to_owned(),
            network: "192.0.2.…".to_owned(),
            language,
            removed: None,
            added: None,
        }
    }

    #[test]
    fn b29_a_notice_names_the_accounts_that_were_removed_and_added() {
        let switched = Notice {
            removed: Some("GitHub (a…e@example.test)".to_owned()),
            added: Some("GitHub (b…b@example.test)".to_owned()),
            ..notice(NoticeKind::SocialSwitched, Language::De)
        };
        let others = [Notice { added: Some("GitHub".to_owned()), ..switched.clone() }];
        let body = Text::of_several(&switched, &others, 0, None).body;
        for wanted in [
            "\nEntfernt:  GitHub (a…e@example.test)\nNeu:       GitHub (b…b@example.test)\n",
            "\n- 2024-02-29 12:34 UTC, Firefox on Windows, 192.0.2.…, GitHub (a…e@example.test), GitHub\n",
        ] {
            assert!(body.contains(wanted), "{wanted}: {body}");
        }
    }

    #[test]
    fn b29_a_notice_says_what_when_where_and_what_to_do() {
        let text = Text::of(&notice(NoticeKind::PasswordChanged, Language::En), Some("Example Corp"));
        insta::assert_snapshot!(format!("{}\n\n{}", text.subject, text.body), @r"
        Your password was changed

        Hello,

        The password of your account at Example Corp was set or changed.

        When:     2024-02-29 12:34 UTC
        Program:  Firefox on Windows
        Network:  192.0.2.…

        If this was you, there is nothing to do.

        If it was not you, act at once: sign in from a device you trust, change your password, sign out everywhere else, and tell the people who run your account.

        This message was sent automatically because your account was changed. It never asks you for a password or a code.
        ");
        let text = Text::of(&notice(NoticeKind::PasswordChanged, Language::De), None);
        insta::assert_snapshot!(format!("{}\n\n{}", text.subject, text.body), @r"
        Ihr Passwort wurde geändert

        Guten Tag,

        Das Passwort Ihres Kontos wurde gesetzt oder geändert.

        Wann:      2024-02-29 12:34 UTC
        Programm:  Firefox on Windows
        Netz:      192.0.2.…

        Wenn Sie das waren, müssen Sie nichts tun.

        Wenn Sie das nicht waren, handeln Sie sofort: Melden Sie sich an einem Gerät an, dem Sie vertrauen, ändern Sie Ihr Passwort, melden Sie sich überall sonst ab, und sagen Sie es den Betreibern Ihres Kontos.

        Diese Nachricht wurde automatisch verschickt, weil Ihr Konto geändert wurde. Sie fragt nie nach einem Passwort oder Code.
        ");
    }

    #[test]
    fn b29_every_notice_has_its_own_text_in_both_languages() {
        let mut subjects = std::collections::BTreeSet::new();
        for kind in NoticeKind::ALL {
            for language in [Language::En, Language::De] {
                let text = Text::of(&notice(kind, language), Some("Example Corp"));
                for part in ["2024-02-29 12:34 UTC", "Firefox on Windows", "192.0.2.…", "Example Corp"] {
                    assert!(text.body.contains(part), "{kind:?}: {}", text.body);
                }
                assert!(!text.body.contains(['{', '@']), "{}", text.body);
                assert!(subjects.insert(text.subject));
            }
        }
        let unknown = Notice {
            device: String::new(),
            network: String::new(),
            ..notice(NoticeKind::PhoneChanged, Language::En)
        };
        let text = Text::of(&unknown, None).body;
        assert!(text.contains("Program:  a program that Latchkey does not know\n"), "{text}");
    }

    #[test]
    fn b29_foreign_text_in_the_outbox_is_not_sent() {
        for language in [Language::En, Language::De] {
            let canary = "Your account is blocked: canary.example".to_owned();
            let queued = Notice { device: canary, ..notice(NoticeKind::PasswordChanged, language) };
            assert!(!Text::of(&queued, None).body.contains("canary"));
        }
    }
}
