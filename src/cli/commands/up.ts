/** `up` is written where the parts are put together (src/cli/up); here it only joins the other verbs. */
export { registerUp as register } from "../up/command.ts";
