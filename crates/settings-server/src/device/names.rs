//! The names of programs and operating systems that are shown to users, each a constant. Nothing else of a user agent
//! is shown.

/// A program that has a name here.
pub(super) struct ProgramName {
    /// The name that users know.
    pub(super) name: &'static str,
    /// Whether its version means anything to users.
    pub(super) has_version: bool,
    /// Its name in the rules.
    called: &'static [&'static str],
}

/// An operating system that has a name here.
pub(super) struct SystemName {
    pub(super) name: &'static str,
    pub(super) platform: Platform,
    /// Its name in the rules.
    called: &'static [&'static str],
}

/// The kind of machine that an operating system runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    Computer,
    /// Phones and tablets.
    Handheld,
    /// Televisions, consoles.
    Other,
}

impl SystemName {
    /// Whether there is a Safari for it.
    pub(super) fn has_safari(&self) -> bool {
        matches!(self.name, "macOS" | "iOS" | "Windows")
    }
}

/// Returns the program that has this name in the rules.
pub(super) fn program(called: &str) -> Option<&'static ProgramName> {
    PROGRAMS.iter().find(|entry| entry.called.contains(&called))
}

/// Returns the operating system that has this name in the rules.
pub(super) fn system(called: &str) -> Option<&'static SystemName> {
    SYSTEMS.iter().find(|entry| entry.called.contains(&called))
}

const fn versioned(name: &'static str, called: &'static [&'static str]) -> ProgramName {
    ProgramName { name, has_version: true, called }
}

const fn unversioned(name: &'static str, called: &'static [&'static str]) -> ProgramName {
    ProgramName { name, has_version: false, called }
}

const fn on(platform: Platform, name: &'static str, called: &'static [&'static str]) -> SystemName {
    SystemName { name, platform, called }
}

pub(super) static PROGRAMS: [ProgramName; 49] = [
    versioned("Chrome", &["Chrome", "Chrome Mobile", "Chrome Mobile iOS", "HeadlessChrome"]),
    versioned("Chromium", &["Chromium"]),
    versioned("Edge", &["Edge", "Edge Mobile"]),
    versioned("Firefox", &["Firefox", "Firefox Mobile", "Firefox iOS", "Firefox Alpha", "Firefox Beta"]),
    versioned("Safari", &["Safari", "Mobile Safari"]),
    versioned("Internet Explorer", &["IE", "IE Mobile"]),
    versioned("Opera", &["Opera", "Opera Mobile", "Opera Tablet", "Opera Touch"]),
    versioned("Opera GX", &["Opera GX"]),
    versioned("Opera Mini", &["Opera Mini"]),
    versioned("Samsung Internet", &["Samsung Internet"]),
    versioned("Baidu Browser", &["Baidu Browser"]),
    versioned("Brave", &["Brave"]),
    versioned("Coc Coc", &["Coc Coc"]),
    versioned("GNOME Web", &["Epiphany"]),
    versioned("HeyTap Browser", &["HeyTap Browser"]),
    versioned("Huawei Browser", &["Huawei Browser"]),
    versioned("Konqueror", &["Konqueror"]),
    versioned("LINE", &["LINE"]),
    versioned("Maxthon", &["Maxthon"]),
    versioned("Mi Browser", &["MiuiBrowser"]),
    versioned("Pale Moon", &["Pale Moon"]),
    versioned("Puffin", &["Puffin"]),
    versioned("QQ Browser", &["QQ Browser", "QQ Browser Mobile"]),
    versioned("Quest browser", &["Oculus Browser"]),
    versioned("SeaMonkey", &["SeaMonkey"]),
    versioned("Silk", &["Amazon Silk"]),
    versioned("Sleipnir", &["Sleipnir"]),
    versioned("UC Browser", &["UC Browser"]),
    versioned("Vivaldi", &["Vivaldi"]),
    versioned("vivo Browser", &["VivoBrowser"]),
    versioned("Waterfox", &["Waterfox"]),
    versioned("WeChat", &["WeChat Browser"]),
    versioned("Whale", &["Whale"]),
    versioned("Yandex Browser", &["Yandex Browser"]),
    unversioned("DuckDuckGo", &["DuckDuckGo Mobile"]),
    unversioned("Ecosia", &["Ecosia Android", "Ecosia iOS"]),
    unversioned("Facebook", &["Facebook"]),
    unversioned("Google app", &["Google"]),
    unversioned("Instagram", &["Instagram"]),
    unversioned("KakaoTalk", &["KakaoTalk"]),
    unversioned("Messenger", &["Facebook Messenger"]),
    unversioned("Microsoft Teams", &["Microsoft Teams"]),
    unversioned("Pinterest", &["Pinterest"]),
    unversioned("Slack", &["Slack", "Slack Desktop Client"]),
    unversioned("Snapchat", &["Snapchat"]),
    unversioned("Steam", &["Steam"]),
    unversioned("Telegram", &["Telegram"]),
    unversioned("TikTok", &["TikTok"]),
    unversioned("VS Code", &["VS Code"]),
];

/// The names in the rules of the many systems that users call Linux.
const LINUX: &[&str] = &[
    "Arch Linux",
    "CentOS",
    "Debian",
    "Fedora",
    "Gentoo",
    "Kubuntu",
    "Linux",
    "Linux Mint",
    "Lubuntu",
    "Mageia",
    "Mandriva",
    "PCLinuxOS",
    "Puppy",
    "Red Hat",
    "SUSE",
    "Slackware",
    "Ubuntu",
    "openSUSE",
];

pub(super) static SYSTEMS: [SystemName; 21] = [
    on(Platform::Computer, "Windows", &["Windows"]),
    on(Platform::Computer, "macOS", &["Mac OS X", "Mac OS"]),
    on(Platform::Computer, "Linux", LINUX),
    on(Platform::Computer, "ChromeOS", &["Chrome OS"]),
    on(Platform::Computer, "FreeBSD", &["FreeBSD"]),
    on(Platform::Computer, "NetBSD", &["NetBSD"]),
    on(Platform::Computer, "OpenBSD", &["OpenBSD"]),
    on(Platform::Computer, "Solaris", &["Solaris"]),
    on(Platform::Handheld, "iOS", &["iOS"]),
    on(Platform::Handheld, "Android", &["Android"]),
    on(Platform::Handheld, "BlackBerry", &["BlackBerry OS", "BlackBerry Tablet OS"]),
    on(Platform::Handheld, "Firefox OS", &["Firefox OS"]),
    on(Platform::Handheld, "HarmonyOS", &["HarmonyOS"]),
    on(Platform::Handheld, "KaiOS", &["KaiOS"]),
    on(Platform::Handheld, "Sailfish OS", &["Sailfish"]),
    on(Platform::Handheld, "Windows Phone", &["Windows Phone", "Windows Mobile"]),
    on(Platform::Other, "Nintendo", &["Nintendo"]),
    on(Platform::Other, "PlayStation", &["PlayStation"]),
    on(Platform::Other, "Tizen", &["Tizen"]),
    on(Platform::Other, "webOS", &["webOS", "Web0S"]),
    on(Platform::Other, "Xbox", &["Xbox"]),
];
