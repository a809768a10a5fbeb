/** How many wrong passwords are answered as such; who has more of them is answered 429 (guarantees C5, C6). */
export const limits = {
  /** How long a wrong password counts, in minutes. */
  windowMinutes: 15,
  /** For one account from one network. */
  perAccount: 5,
  /** For all accounts from one network; the right password of who has logged in from there is still taken. */
  perNetwork: 40,
  /** For one account from everywhere: from then on a network that it never logged in from has one try. */
  fromEverywhere: 50
} as const
