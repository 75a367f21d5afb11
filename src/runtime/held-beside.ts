/** What a task holds that is no model, and can do without. */
export interface HeldBeside {
  readonly bytes: number;
  /** Lets go of it. @param forNow whether it shall {@link comeBack} */
  giveUp(forNow: boolean): void;
  comeBack(): void;
}
