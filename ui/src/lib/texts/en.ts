/** Every English word of the page. `de.ts` must have the same keys: the type says so. */
import { devices } from "./en_devices";
import { errors } from "./en_errors";
import { security } from "./en_security";
import { code, stepUp } from "./en_step_up";

const characters = (count: string) => (count === "1" ? "1 character" : `${count} characters`);

export const en = {
  product: "Latchkey",
  windowTitle: (view: string) => `${view} – Latchkey`,

  views: {
    starting: "Starting",
    no_server: "Connect to your organisation",
    signed_out: "Sign in",
    signing_in: "Signing in",
    insufficient_scope: "No permission yet",
    problem: "Not available",
    overview: "Overview",
    profile: "Profile",
    security: "Security",
    devices: "Devices & apps",
    settings: "App settings",
    not_offered: "Not offered",
  },

  notOffered: {
    title: "Not offered to your account",
    body: "Your organisation has switched this off. If you need it, ask IT.",
    what: {
      profile: "Who you are to the apps of your organisation.",
      security: "How you sign in.",
      devices: "Where your account is signed in, and which apps may use it.",
    },
    toOverview: "Go to Overview",
  },

  common: {
    cancel: "Cancel",
    close: "Close",
    tryAgain: "Try again",
    signOut: "Sign out",
    back: "Back",
    notSet: "Not set",
    saved: "Saved",
    hide: "Hide",
    show: "Show",
    requestId: (id: string) => `Reference for IT: ${id}`,
    retryAfter: (seconds: number) =>
      seconds > 120
        ? `Try again in ${Math.ceil(seconds / 60)} minutes.`
        : `Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    clockAhead: (span: string) => `This computer's clock is about ${span} ahead.`,
    clockBehind: (span: string) => `This computer's clock is about ${span} behind.`,
    certificateOf: (host: string, issuer: string | null) =>
      issuer
        ? `The certificate of ${host} was issued by “${issuer}”.`
        : `The certificate is that of ${host}.`,
    stillWaiting: "Still waiting for an answer …",
    slowAnswer: "This takes unusually long.",
    takesLong: "This takes unusually long. You may close this; nothing you typed is lost.",
    loading: "Loading your account",
  },

  starting: {
    title: "Starting Latchkey",
    keyringTitle: "Waiting for your keyring",
    keyringBody:
      "Your system's keyring is probably asking you something in a window of its own: for its password, or whether Latchkey may read its entry. Latchkey goes on as soon as you answer.",
  },

  noServer: {
    title: "Connect to your organisation",
    body: "Latchkey needs one address: that of your organisation's settings server. Your IT department knows it.",
  },

  server: {
    label: "Server address",
    placeholder: "https://settings.example.com",
    save: "Connect",
    change: "Use this server",
    checking: "Asking the server who it is …",
    from: {
      command_line: "Set when Latchkey was started (--server). It cannot be changed here.",
      environment: "Set by this computer's environment (LATCHKEY_SERVER). It cannot be changed here.",
    },
    whileSignedIn: "Sign out to use another server.",
    saved: "Connected to the server.",
    insecureTag: "Development",
    insecure: "The connection is not encrypted: http, on this computer only.",
    pinned: (resource: string) => `Tokens are asked for another resource than this address: ${resource}`,
  },

  signIn: {
    lead: (organisation: string) =>
      `Your ${organisation} account. You sign in with your browser; nothing you type there reaches this app.`,
    leadPlain:
      "Your account, on your desktop. You sign in with your browser; nothing you type there reaches this app.",
    button: "Sign in",
    managed: "managed by your organisation",
    otherAccount: "Sign in again",
    settings: "App settings",
    preparing: { title: "Getting ready", body: "Asking your organisation's server how to sign in." },
    waiting_for_browser: {
      title: "Finish in your browser",
      body: "Your browser shows your organisation's sign-in page. When you are done there, this window comes back by itself.",
    },
    finishing: { title: "Almost there", body: "Your browser has answered. Latchkey is checking the answer." },
    slow: {
      preparing: "Still asking. The server or the network is slow.",
      waiting_for_browser:
        "No browser window in sight? Open it again, or copy the link into any browser on this computer.",
      finishing: "Still checking. The server or the network is slow.",
    },
    reopen: "Open browser again",
    copy: "Copy link",
    copied: "Link copied. Paste it into a browser on this computer.",
    reopened: "The browser was opened again.",
    cancel: "Cancel",
  },

  shell: {
    navigation: "Account",
    accountMenu: "Account menu",
    refresh: "Refresh",
    refreshed: "Up to date.",
    signOut: "Sign out …",
    banners: "Notices",
    stale: (time: string) => `You see your account as it was ${time}.`,
    staleUnknown: "You see your account as it was last known.",
    memoryOnly: {
      absent:
        "You stay signed in until Latchkey closes, because this computer has no keyring to keep the session in.",
      locked: "You stay signed in until Latchkey closes, because your keyring is locked.",
      no_collection: "You stay signed in until Latchkey closes, because your keyring is not set up yet.",
      refused: "You stay signed in until Latchkey closes, because your keyring failed to keep the session.",
    },
    keep: {
      absent: "Look again",
      locked: "Unlock",
      no_collection: "Set it up",
      refused: "Try again",
    },
    kept: "Your session is kept in the keyring.",
  },

  signOut: {
    title: "Sign out of Latchkey?",
    erased: (name: string) =>
      `The session of ${name} on this computer ends, and what Latchkey keeps of the account here is erased. The account itself stays as it is.`,
    browser: "Also sign out in the browser",
    browserHint:
      "Otherwise your browser stays signed in, and signing in here again may not ask for your password.",
    confirm: "Sign out",
    stay: "Stay signed in",
  },

  overview: {
    morning: (name: string) => `Good morning, ${name}`,
    afternoon: (name: string) => `Good afternoon, ${name}`,
    evening: (name: string) => `Good evening, ${name}`,
    night: (name: string) => `Hello, ${name}`,
    lastSignIn: (when: string) => `Last signed in ${when}`,
    facts: "Your account",
    memberSince: "Member since",
    change: "Change",
    changeField: (field: string) => `Change ${field}`,
  },

  profile: {
    lead: "Who you are to the apps of your organisation.",
    cards: {
      account: "Account",
      names: "About you",
      contact: "Links and address",
      region: "Language and time",
      custom: "From your organisation",
    },
    customLead: "What else your organisation would like to know about you.",
    yes: "Yes",
    no: "No",
    choose: "Please choose …",
    present: "It is now:",
    rules: {
      number: {
        exactly: (number: string) => `The number ${number}.`,
        between: (least: string, most: string) => `A number from ${least} to ${most}.`,
        least: (least: string) => `A number not below ${least}.`,
        most: (most: string) => `A number not above ${most}.`,
      },
      measured_text: {
        exactly: (length: string) => `Exactly ${characters(length)}.`,
        between: (least: string, most: string) => `From ${least} to ${most} characters.`,
        least: (least: string) => `At least ${characters(least)}.`,
        most: (most: string) => `At most ${characters(most)}.`,
      },
    },
    add: "Add",
    change: "Change",
    resume: "Continue",
    addField: (field: string) => `Add ${field}`,
    changeField: (field: string) => `Change ${field}`,
    resumeField: (field: string) => `Continue changing ${field}`,
    unsaved: "Not saved yet",
    saveField: (field: string) => `Save ${field}`,
    removeField: (field: string) => `Remove ${field}`,
    savedField: (field: string) => `${field} saved.`,
    discard: "Discard",
    pictureUnset: "No picture; your initials are shown",
    pictureSet: "Picture",
    locked: "Locked",
    reasons: {
      organisation: {
        tag: "Managed",
        text: "Your organisation does not let this be changed here. Ask IT to change it.",
      },
      server: {
        tag: "Managed",
        text: "The settings server does not let this be changed. Ask IT to change it.",
      },
      scope: {
        tag: "View only",
        text: "Your account may not change this yet. Ask IT for the permission “account:write”.",
      },
      unsupported: {
        tag: "View only",
        text: "Latchkey cannot change this kind of field. Ask IT to change it.",
      },
    },
    fields: {
      name: { label: "Name", inSentence: "name", hint: "Shown wherever you appear." },
      avatar: {
        label: "Picture",
        inSentence: "picture",
        hint: "The https address of a picture, at least 128 pixels wide.",
      },
      username: { label: "Username", inSentence: "username", hint: "" },
      email: { label: "E-mail", inSentence: "e-mail", hint: "" },
      phone: { label: "Phone", inSentence: "phone", hint: "" },
      given_name: { label: "Given name", inSentence: "given name", hint: "" },
      middle_name: { label: "Middle name", inSentence: "middle name", hint: "" },
      family_name: { label: "Family name", inSentence: "family name", hint: "" },
      nickname: { label: "Nickname", inSentence: "nickname", hint: "What friends call you." },
      preferred_username: {
        label: "Preferred username",
        inSentence: "preferred username",
        hint: "The short name you like to be shown with. You do not sign in with it.",
      },
      gender: { label: "Gender", inSentence: "gender", hint: "In your own words." },
      birthdate: {
        label: "Birthday",
        inSentence: "birthday",
        hint: "Give the whole date, only the year, or only day and month.",
      },
      profile: {
        label: "Profile page",
        inSentence: "profile page",
        hint: "The https address of a page about you.",
      },
      website: {
        label: "Website",
        inSentence: "website",
        hint: "An address that begins with https:// or http://.",
      },
      zoneinfo: { label: "Time zone", inSentence: "time zone", hint: "Type a city or choose from the list." },
      locale: {
        label: "Language",
        inSentence: "language",
        hint: "Type a language, or its tag such as de-AT.",
      },
      address: { label: "Address", inSentence: "address", hint: "" },
    },
    birthdate: {
      day: "Day",
      month: "Month",
      year: "Year",
      noMonth: "–",
      year_only: "year only",
      no_year: "without year",
    },
    address: {
      street_address: "Street and number",
      postal_code: "Postal code",
      locality: "City",
      region: "State or province",
      country: "Country",
      formatted: "Whole address as it should be printed",
    },
    formattedFollows: "It follows the lines above until you write it yourself.",
    invisible: "Only characters that cannot be seen",
    preview: "Preview",
    previewLoading: "Fetching the picture …",
    previewFailed: "The picture cannot be fetched from there. You may save the address all the same.",
    inPart: (part: string, words: string) => `${part}: ${words}`,
    invalid: {
      empty: "This cannot be empty.",
      tooShort: (limit: string) => `This is shorter than ${characters(limit)}.`,
      tooLong: (limit: string) => `This is longer than ${characters(limit)}.`,
      tooSmall: (limit: string) => `This is less than ${limit}.`,
      tooLarge: (limit: string) => `This is more than ${limit}.`,
      https: "This must be an address that begins with https://.",
      url: "This must be an address that begins with https:// or http://.",
      date: "This date does not exist. Give a whole date, only the year, or day and month.",
      wholeDate: "This date does not exist. Give day, month and year.",
      number: (example: string) => `This is not a number. Write it like ${example}.`,
      pattern: "This does not fit the form that your organisation asks for.",
      timeZone: "No such time zone. Choose one from the list.",
      locale: "This is not a language tag. Choose one from the list.",
      refused: "The server does not accept this value.",
    },
    conflict: {
      title: "Changed elsewhere meanwhile",
      body: (field: string) => `While you were typing, ${field} was changed in another place. It is now:`,
      cleared: "Removed",
      keepMine: "Keep mine",
      takeTheirs: "Take theirs",
      taken: (field: string) => `${field}: the newer value was kept.`,
    },
  },

  memberships: {
    title: "Organisations and roles",
    lead: "IT decides where you belong and what you may do. It cannot be changed here.",
    loading: "Loading your organisations",
    organizations: "Organisations",
    roles: "General roles",
  },

  settings: {
    lead: "How Latchkey looks and where it connects, on this computer.",
    cards: { server: "Settings server", appearance: "Appearance", about: "About" },
    theme: "Theme",
    themes: { system: "Use system setting", light: "Light", dark: "Dark" },
    language: "Language",
    languages: { system: "Use system setting", en: "English", de: "Deutsch" },
    follows: "Theme and language follow your account to every device.",
    stays: "Theme and language stay on this device.",
    saved: "Appearance saved.",
    version: "Version",
    organisation: "Organisation",
  },

  problem: { accountId: "Account id", code: "Reason", reference: "Reference" },

  stepUp,
  code,
  security,
  devices,
  errors,
};

/** What a language must bring. */
export type Texts = typeof en;
