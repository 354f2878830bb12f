/**
 * The bell: "something is different in the store". It carries nothing and may be missed, so whoever hears it looks at the
 * state, and looks from time to time without having heard it. It joins what runs in one process and in several.
 */
export interface Bell {
  /** Tells everybody who hears, in this process and in others; it never throws and waits for nobody. */
  ring(): void;
  /** Has `listener` called at each ring, also one of this process. The answer ends that. */
  hear(listener: () => void): () => void;
}
