/** Proving it is you, in English. */
export const stepUp = {
  title: "Prove it is you",
  needed: (purpose: string) => `${purpose}, please prove once more that it is you.`,
  purposes: {
    add_email: (address: string) => `To add the e-mail address ${address}`,
    add_phone: (number: string) => `To add the phone number ${number}`,
    username: "To change your username",
    password: "To change your password",
    end_session: (device: string) => `To sign out ${device}`,
    change_email: (address: string) => `To change your e-mail address to ${address}`,
    remove_email: (address: string) => `To remove the e-mail address ${address}`,
    change_phone: (number: string) => `To change your phone number to ${number}`,
    remove_phone: (number: string) => `To remove the phone number ${number}`,
    end_other_sessions: "To sign out everywhere else",
  },
  confirm: {
    add_email: "Confirm and continue",
    add_phone: "Confirm and continue",
    username: "Confirm and save",
    password: "Confirm and save",
    end_session: "Confirm and sign out",
    change_email: "Confirm and continue",
    remove_email: "Confirm and remove",
    change_phone: "Confirm and continue",
    remove_phone: "Confirm and remove",
    end_other_sessions: "Confirm and sign out",
  },
  notes: {
    more: "That worked. For this, one more proof is needed.",
    again: "That proof had run out before it was used. Please prove it once more.",
  },
  none: "There is no way open to you to prove it. Ask IT for help.",
  otherWay: "Another way",
  methods: {
    browser: {
      title: "Sign in again in the browser",
      hint: "As you always do, with a passkey or second step if you have one.",
    },
    password: { title: "Enter your password", hint: "The one you sign in with now." },
    email: { title: "Get a code by e-mail" },
    phone: { title: "Get a code by text message" },
  },
  browser: {
    before:
      "Your browser opens with your organisation's sign-in page. Sign in there again, then this window goes on by itself.",
    open: "Open browser",
    title: "Finish in your browser",
    during: "Sign in there again. When you are done, this window goes on by itself.",
    stop: "Stop waiting",
    otherPerson: (name: string) =>
      `${name} signed in in the browser, and that is not you. Nothing was changed. Sign in with your own account.`,
  },
  password: { label: "Your present password", show: "Show password", hide: "Hide password" },
};

export const code = {
  label: "Six-digit code",
  willSend: (address: string) => `Six digits will be sent to ${address}. Type them here to go on.`,
  send: "Send code",
  sentTo: (address: string) => `Six digits are on their way to ${address}.`,
  validFor: (time: string) => `They are valid for ${time}.`,
  over: (address: string) => `The six digits for ${address} are no longer valid.`,
  again: "Send again",
  againIn: (time: string) => `Send again in ${time}`,
  triesLeft: (tries: number) => (tries === 1 ? `Only ${tries} try is left.` : `${tries} tries are left.`),
};
