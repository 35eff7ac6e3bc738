/** How a person signs in, in English. */
export const security = {
  lead: "How you prove it is you. Before anything here changes, you prove it once more.",
  ways: {
    title: "How you sign in",
    password: (identifiers: string) => `With ${identifiers} and your password`,
    passwordAlone: "With your password",
    email_code: "With a code by e-mail",
    phone_code: "With a code by text message",
    social: (name: string) => `With your account at ${name}`,
    enterprise: (name: string) => `With your work account at ${name}`,
    enterpriseUnnamed: "With your work account",
    passkey: "With a passkey",
    with: { username: "your username", email: "your e-mail address", phone: "your phone number" },
  },
  details: "What you sign in with",
  remove: "Remove",
  passwordField: { label: "Password", inSentence: "password" },
  passwordSet: "Set",
  scope: "Your account may not change this yet. Ask IT for the permission “account:security”.",
  step: (which: string) => `Step ${which} of 2`,

  address: {
    email: {
      add: "Add an e-mail address",
      change: "Change your e-mail address",
      present: (value: string) => `Now it is ${value}.`,
      label: "New e-mail address",
      hint: "A code goes there. The address is yours as soon as you have typed the code here.",
      confirm: "Confirm new e-mail",
      empty: "Type the new e-mail address.",
      form: "This is not an e-mail address. It looks like name@example.com.",
      same: "This is your e-mail address already.",
      refused:
        "Your organisation does not take this address: it may be mistyped, blocked, or belong to a work account. Use another one.",
      taken: (value: string) =>
        `The code was right, but ${value} cannot be used for your account. Use another address.`,
      conflict: "Your e-mail address was changed elsewhere meanwhile. Look at it and begin again.",
    },
    phone: {
      add: "Add a phone number",
      change: "Change your phone number",
      present: (value: string) => `Now it is ${value}.`,
      label: "New phone number",
      hint: "With its country code, such as +43 664 1234567. A code goes there by text message.",
      confirm: "Confirm new phone number",
      empty: "Type the new phone number.",
      form: "Begin with the country code, such as +43 or 0043.",
      same: "This is your phone number already.",
      refused:
        "No code can be sent to this number: it may be mistyped, or of a country that your organisation does not serve. Use another one.",
      taken: (value: string) =>
        `The code was right, but ${value} cannot be used for your account. Use another number.`,
      conflict: "Your phone number was changed elsewhere meanwhile. Look at it and begin again.",
    },
    codeTitle: "Enter the code",
    other: "Change what you typed",
  },

  username: {
    add: "Choose a username",
    change: "Change your username",
    label: "New username",
    hint: "Letters without accents, digits and _; it does not begin with a digit.",
    save: "Save username",
    empty: "Type the new username.",
    form: "Use letters without accents, digits and _ only, and begin with a letter or _.",
    tooLong: "A username has at most 128 characters.",
    refused:
      "Your organisation does not take this username: it is too short or too long, or has characters that are not allowed. Choose another one.",
    taken: "This username cannot be used. Choose another one.",
    conflict: "Your username was changed elsewhere meanwhile. Look at it and begin again.",
  },

  removal: {
    email: (value: string) => `Remove the e-mail address ${value}?`,
    phone: (value: string) => `Remove the phone number ${value}?`,
    username: (value: string) => `Remove the username ${value}?`,
    loses: "After this you can no longer sign in:",
    unused: "You do not sign in with it now. It can no longer be used to reach you or to prove it is you.",
    left: "You can still sign in:",
    one: "Only one way to sign in is left then:",
    confirm: { email: "Remove e-mail", phone: "Remove phone", username: "Remove username" },
    stay: "Keep it",
    conflict: "It was changed elsewhere meanwhile. Look at it and begin again.",
  },
  lastWay: {
    title: "You would lock yourself out",
    body: "Without it, there is no way left for you to sign in. Do one of these first:",
    only: "Without it, there is no way left for you to sign in.",
    steps: {
      add_email: "Add an e-mail address",
      add_phone: "Add a phone number",
      set_username: "Choose a username",
    },
    ask_organisation: "Your organisation can open another way to you. Ask IT.",
  },

  done: {
    email: (value: string) => `Your e-mail address is now ${value}.`,
    phone: (value: string) => `Your phone number is now ${value}.`,
    username: (value: string) => `Your username is now ${value}.`,
    removed: {
      email: "Your e-mail address was removed.",
      phone: "Your phone number was removed.",
      username: "Your username was removed.",
    },
    from: (value: string) => `From now on sign in with ${value}.`,
  },
  elsewhere: {
    offer: "Everything else that is signed in stays so. If somebody else may be, end it.",
    unknown: "It cannot be told which sign-in is this device. Choose on the page that lists them.",
    open: "Open Devices & apps",
  },
};
