/** §5.3.1: an Authentication Service that is none. */

import type { AuthenticationService } from "../group/authentication.ts";

/**
 * Accepts every credential of everyone: whoever uses it outside of tests has no authentication at all, and anyone can
 * be anyone.
 */
export const dangerouslyAcceptEveryCredential: AuthenticationService = {
  authenticate: async (requests) => requests.map(() => ({ accepted: true })),
};
