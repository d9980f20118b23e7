/**
 * Marks a store whose content can be had again from elsewhere, such as a copy of published models: losing it loses nothing,
 * and destroying it with its stack is right.
 */
export const derivedContent = {
  /** Where things have tags. */
  tag: { "aistack:content": "derived" },
  /** On Kubernetes. */
  label: { "aistack.dev/content": "derived" },
};
