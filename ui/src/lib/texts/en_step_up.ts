/** Confirming who is asking (step-up), in English. */
export const stepUp = {
  title: "Confirm it's you",
  needed: (purpose: string) => `${purpose}, confirm it's you.`,
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
    more: "Confirmed. This change needs one more step.",
    again: "That confirmation expired before it was used. Please confirm it's you again.",
  },
  none: "There's no way for you to confirm it's you here. Ask IT for help.",
  otherWay: "Try another way",
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
  password: { label: "Current password", show: "Show password", hide: "Hide password" },
};

export const code = {
  label: "6-digit code",
  willSend: (address: string) => `We'll send a 6-digit code to ${address}.`,
  send: "Send code",
  sentTo: (address: string) => `Enter the 6-digit code we sent to ${address}.`,
  validFor: (time: string) => `It's valid for ${time}.`,
  over: (address: string) => `The code sent to ${address} has expired.`,
  again: "Send again",
  againIn: (time: string) => `Send again in ${time}`,
  triesLeft: (tries: number) => (tries === 1 ? `Only ${tries} try is left.` : `${tries} tries are left.`),
};
