/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
export const jobs = {};

export type PackJobs = typeof jobs;
